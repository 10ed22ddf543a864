"""The tour of README.md with the generated client: `scripts/clients.sh` generates, checks and runs it."""

import datetime
import os
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
from answers import Answers
from hbs_client import AuthenticatedClient, Client
from hbs_client.api.audit import list_audit_logs, verify_audit_logs
from hbs_client.api.authentication import login
from hbs_client.api.availability import create_quote, search
from hbs_client.api.bookings import (
    amend_booking,
    cancel_booking,
    check_out_booking,
    create_booking,
    get_booking,
    get_folio,
    preview_cancellation,
    undo_check_in_booking,
    undo_check_out_booking,
)
from hbs_client.api.front_desk import create_walk_in, get_front_desk
from hbs_client.api.payments import create_payment, void_payment
from hbs_client.api.rooms import set_housekeeping
from hbs_client.models import (
    ActionBody,
    AmendBooking,
    AmendmentOut,
    AuthForbiddenProblem,
    BookingOut,
    CancellationOut,
    Contact,
    CreateBooking,
    CreatePayment,
    CreateQuote,
    CreateWalkIn,
    FolioOut,
    FrontDeskOut,
    Login,
    Money,
    PageAuditEntry,
    PaymentOut,
    QuoteOut,
    QuoteRoom,
    RequestInvalidProblem,
    RequestNotFoundProblem,
    RoomOut,
    RoomRequest,
    SearchOut,
    SetHousekeeping,
    SignedIn,
    VerificationOut,
    VoidPayment,
)
from hbs_client.types import Response

HBS = os.environ.get("HBS_URL", "http://127.0.0.1:8080")
MIRAMAR = UUID("019b76da-a800-7db2-b8f6-1cbb12df8159")
DOUBLE = UUID("019b76da-a800-7f3e-8ffd-6aedc95de3fe")

answers = Answers(httpx.get(f"{HBS}/openapi.json").raise_for_status().json())
OPTIONS: dict[str, Any] = {
    "timeout": httpx.Timeout(30),
    "httpx_args": {"event_hooks": {"response": [answers.check]}},
}

T = TypeVar("T")


def expect(kind: type[T], answer: Response[Any]) -> T:
    """What an operation answered, if that is what was expected."""
    assert isinstance(answer.parsed, kind), answer.content
    return answer.parsed


def sign_in(name: str) -> AuthenticatedClient:
    body = Login(login=f"{name}@demo.example", password="demo-password")
    signed_in = expect(SignedIn, login.sync_detailed(client=guest, body=body))
    return AuthenticatedClient(HBS, signed_in.access_token, **OPTIONS)


def total(*amounts: Money) -> Decimal:
    """The sum, exact: money is text, so nothing is lost on the way."""
    assert all(money.currency == "EUR" for money in amounts)
    return sum((Decimal(money.amount) for money in amounts), Decimal(0))


today = datetime.datetime.now(ZoneInfo("Europe/Lisbon")).date()
# A Monday, as in README: on some days of the week the demo hotels have other prices.
check_in = today + datetime.timedelta(days=28 + -today.weekday() % 7)
check_out = check_in + datetime.timedelta(days=3)
day = datetime.timedelta(days=1)

# A guest searches, and has the price held.
# `Any`, as the generator wants a client with a token also where signing in is optional.
guest: Any = Client(HBS, **OPTIONS)
found = expect(
    SearchOut,
    search.sync_detailed(client=guest, property_id=MIRAMAR, check_in=check_in, check_out=check_out, adults=2),
)
double = next(item for item in found.items if item.room_type_id == DOUBLE)
assert double.bookable and len(double.nightly) == 3
assert total(double.total) == total(*(night.price for night in double.nightly))


def quote_for(adults: int) -> Response[Any]:
    rooms = [QuoteRoom(room_type_id=DOUBLE, adults=adults)]
    body = CreateQuote(property_id=MIRAMAR, rooms=rooms, check_in=check_in, check_out=check_out)
    return create_quote.sync_detailed(client=guest, body=body)


quote = expect(QuoteOut, quote_for(adults=1))
assert total(quote.total) > 0

# What is wrong has a type of its own for each `code`.
invalid = expect(RequestInvalidProblem, quote_for(adults=0))
assert invalid.errors and invalid.errors[0].pointer == "/rooms/0/adults"

# Ana books. Sent again, the booking is the same.
ana = sign_in("ana")
key = str(uuid4())
request = CreateBooking(
    property_id=MIRAMAR,
    rooms=[RoomRequest(room_type_id=DOUBLE, adults=1)],
    check_in=check_in,
    check_out=check_out,
    contact=Contact(full_name="Ana Sousa", email="ana@demo.example"),
    quote=quote.quote,
)
booking = expect(BookingOut, create_booking.sync_detailed(client=ana, body=request, idempotency_key=key))
again = expect(BookingOut, create_booking.sync_detailed(client=ana, body=request, idempotency_key=key))
assert again.id == booking.id
assert booking.status == "confirmed"
assert booking.total == quote.total

# The folio has the price of each night and the tax in it.
folio = expect(FolioOut, get_folio.sync_detailed(booking.id, client=ana))
assert [entry.kind for entry in folio.entries].count("room") == 3
assert total(*(entry.amount for entry in folio.entries)) == total(booking.total)
assert folio.balance == booking.total

# What a night more would cost.
amendment = expect(
    AmendmentOut,
    amend_booking.sync_detailed(booking.id, client=ana, body=AmendBooking(check_out=check_out + day), dry_run=True),
)
assert amendment.is_dry_run
assert total(amendment.booking.total) == total(booking.total, amendment.difference)
unchanged = expect(BookingOut, get_booking.sync_detailed(booking.id, client=ana))
assert unchanged.check_out == check_out

# She cancels for nothing.
preview = expect(CancellationOut, preview_cancellation.sync_detailed(booking.id, client=ana))
assert preview.fee.amount == "0.00"
cancelled = expect(BookingOut, cancel_booking.sync_detailed(booking.id, client=ana, body=ActionBody(reason="ill")))
assert cancelled.status == "cancelled"
assert cancelled.total.amount == "0.00"

# What she may not see: what is not there, and what is not hers.
expect(RequestNotFoundProblem, get_booking.sync_detailed(uuid4(), client=ana))
forbidden = expect(AuthForbiddenProblem, get_front_desk.sync_detailed(client=ana, property_id=MIRAMAR))
assert forbidden.permission == "bookings:read"

# The desk sees its day. Somebody walks in, pays and leaves again.
desk = sign_in("desk")
front_desk = expect(FrontDeskOut, get_front_desk.sync_detailed(client=desk, property_id=MIRAMAR))
assert front_desk.property_id == MIRAMAR
walk_in = expect(
    BookingOut,
    create_walk_in.sync_detailed(
        client=desk,
        body=CreateWalkIn(
            property_id=MIRAMAR,
            rooms=[RoomRequest(room_type_id=DOUBLE, adults=1)],
            check_out=today + day,
            contact=Contact(full_name="Wanda Wells", email="wanda@example.com"),
        ),
    ),
)
assert walk_in.status == "checked_in"
cash = CreatePayment(booking_id=walk_in.id, method="cash", amount=walk_in.balance)
paid = expect(PaymentOut, create_payment.sync_detailed(client=desk, body=cash))
assert paid.status == "captured"
left = expect(BookingOut, check_out_booking.sync_detailed(walk_in.id, client=desk, body=ActionBody()))
assert left.status == "checked_out"

# Housekeeping cleans the room.
room_id = walk_in.stays[0].room_id
assert isinstance(room_id, UUID)
room = expect(
    RoomOut,
    set_housekeeping.sync_detailed(room_id, client=sign_in("housekeeping"), body=SetHousekeeping(state="clean")),
)
assert room.housekeeping == "clean"

# The desk takes it all back, so that the room is free for the next tour of the same day.
expect(BookingOut, undo_check_out_booking.sync_detailed(walk_in.id, client=desk, body=ActionBody()))
expect(BookingOut, undo_check_in_booking.sync_detailed(walk_in.id, client=desk, body=ActionBody()))
expect(PaymentOut, void_payment.sync_detailed(paid.id, client=desk, body=VoidPayment()))
undone = expect(BookingOut, cancel_booking.sync_detailed(walk_in.id, client=desk, body=ActionBody()))
assert undone.status == "cancelled"

# The auditor reads what was done to Ana's booking, and has the hash chain verified.
auditor = sign_in("auditor")
logs = expect(PageAuditEntry, list_audit_logs.sync_detailed(client=auditor, booking_id=booking.id))
assert {"booking.created", "stay.cancelled"} <= {entry.kind for entry in logs.items}
assert expect(VerificationOut, verify_audit_logs.sync_detailed(client=auditor, property_id=MIRAMAR)).intact

print(f"{len(answers.seen)} answers of {len(set(answers.seen))} operations are as documented")
