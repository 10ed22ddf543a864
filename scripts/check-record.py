#!/usr/bin/env python3
"""Checks the record of HBS without HBS: signatures of checkpoints, and an export of the record against them.

Keys are what /.well-known/hbs-audit-keys.json says, checkpoints what `hbs audit checkpoint` or GET /v1/audit-logs/checkpoints
says, the record what GET /v1/audit-logs/export says. Keep keys and checkpoints where nobody who can change the record can change them.
Needs nothing but Python 3.8. Ends with 1 if something is wrong, and names it."""
import argparse, base64, decimal, hashlib, json, sys

HASHED = "stream_id seq kind entity entity_id booking_id actor_kind actor_id request_id changes occurred_at".split()
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # of Ed25519: RFC 8032
D, BASE_Y = -121665 * pow(121666, -1, P) % P, 4 * pow(5, -1, P) % P

def number(value):  # RFC 8785: a double, in the fewest digits by which it is known
    digits = decimal.Decimal(repr(float(value))).normalize()
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return format(digits, "f") if value else "0"
    mantissa, exponent = format(digits, "e").split("e")
    return f"{mantissa}e{int(exponent):+d}"

def canonical(value):  # RFC 8785
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return number(value) if type(value) in (int, float) else json.dumps(value, ensure_ascii=False)

def digest(value, before=b""):
    return hashlib.sha256(before + canonical(value).encode()).hexdigest()

def point(data):  # RFC 8032, section 5.1.3; in extended coordinates
    y, sign = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if len(data) != 32 or y >= P or x * x % P != square or (x == 0 and sign):
        raise ValueError("not a point")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P

def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    return (f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P

def times(factor, a):
    total = (0, 1, 1, 0)
    while factor:
        total, a, factor = add(total, a) if factor & 1 else total, add(a, a), factor >> 1
    return total

def is_signed(key, message, signature):
    try:
        r, a, s = point(signature[:32]), point(key), int.from_bytes(signature[32:], "little")
    except (ValueError, IndexError):
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    one, other = times(s, point(BASE_Y.to_bytes(32, "little"))), add(r, times(hashed, a))
    return len(signature) == 64 and s < L and all((one[i] * other[2] - other[i] * one[2]) % P == 0 for i in (0, 1))

def checkpoints(text):  # pages of the API, or checkpoints one after the other
    while text := text.lstrip():
        value, end = json.JSONDecoder().raw_decode(text)
        yield from value["items"] if "items" in value else [value]
        text = text[end:]

def faults(keys, kept, entries):
    for before, one in zip([None, *kept], kept):
        statement, name = one["statement"], f"checkpoint {one['statement']['number']}"
        if not is_signed(keys.get(one["kid"], b""), canonical(statement).encode(), base64.urlsafe_b64decode(one["signature"] + "==")):
            yield f"{name}: its signature is not good"
        if any(digest(head) not in statement["heads"] for head in one["streams"]):
            yield f"{name}: it names a head that was not signed"
        follows = before and before["statement"]["number"] + 1 == statement["number"]
        if follows and statement["previous"] != digest(before["statement"]):
            yield f"{name}: it does not follow from the one before"
    hashes, ends = {}, {}
    for entry in sorted(entries or [], key=lambda entry: (entry["stream_id"], entry["seq"])):
        stream, seq, before = entry["stream_id"], entry["seq"], entry["prev_hash"]
        content = {"event_id": entry["id"], **{name: entry[name] for name in HASHED}}
        if ends.get(stream, (0, "0" * 64)) != (seq - 1, before) or digest(content, bytes.fromhex(before)) != entry["hash"]:
            yield f"{stream}: entry {seq} was changed, or what was before it is missing"
        hashes[stream, seq], ends[stream] = entry["hash"], (seq, entry["hash"])
    for one, head in ((one, head) for one in kept for head in one["streams"] if entries is not None):
        found = hashes.get((head["stream_id"], head["seq"]), "none")
        if found != head["hash"]:
            wrong = "is missing" if found == "none" else "was changed, or one before it"
            yield f"{head['stream_id']}: entry {head['seq']} {wrong}, says checkpoint {one['statement']['number']}"

parser = argparse.ArgumentParser(description=__doc__)
for name, more in (("--keys", {"required": True}), ("--record", {}), ("checkpoints", {"nargs": "+"})):
    parser.add_argument(name, type=argparse.FileType(encoding="utf-8"), **more)
args = parser.parse_args()
keys = {key["kid"]: base64.urlsafe_b64decode(key["x"] + "==") for key in json.load(args.keys)["keys"]}
kept = [one for file in args.checkpoints for one in checkpoints(file.read())]
kept.sort(key=lambda one: one["statement"]["number"])
entries = args.record and [entry for entry in map(json.loads, args.record) if "is_end" not in entry]
found = list(faults(keys, kept, entries))
print(*found, f"{len(kept)} checkpoints, {len(entries or [])} entries, {len(found)} faults", sep="\n")
sys.exit(1 if found or not kept else 0)
