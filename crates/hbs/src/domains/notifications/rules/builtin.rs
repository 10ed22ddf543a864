//! The built-in words of each kind, in the languages that HBS writes in: title and body.
use crate::domains::notifications::model::NotificationKind;
use crate::language::Language;

/// The languages that there are words in.
pub fn locales() -> impl Iterator<Item = &'static str> {
    Language::ALL.iter().map(|language| language.code())
}

/// Returns title and body of a kind in a language.
pub fn words(kind: NotificationKind, language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => english(kind),
        Language::Portuguese => portuguese(kind),
    }
}

fn english(kind: NotificationKind) -> (&'static str, &'static str) {
    match kind {
        NotificationKind::BookingCreated => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} new bookings{% else %}{{ hotel }}: new booking {{ \
             reference }}{% endif %}",
            "{% if count > 1 %}There are {{ count }} new bookings at {{ hotel }} since you last looked.{% else \
             %}Booking {{ reference }} was made. Arrival: {{ check_in }}. Departure: {{ check_out }}.{% endif %}",
        ),
        NotificationKind::BookingCancelled => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} bookings cancelled{% else %}{{ hotel }}: booking {{ \
             reference }} cancelled{% endif %}",
            "{% if count > 1 %}{{ count }} bookings at {{ hotel }} were cancelled since you last looked.{% else \
             %}Booking {{ reference }} was cancelled. Its arrival was to be on {{ check_in }}.{% endif %}",
        ),
        NotificationKind::BookingsImported => {
            ("{{ hotel }}: {{ count }} bookings imported", "{{ count }} bookings were imported into {{ hotel }}.")
        }
        NotificationKind::ChangeRequestMade => (
            "{{ hotel }}: a change of booking {{ reference }} is asked for",
            "The guest of booking {{ reference }} asks for a change. Arrival: {{ check_in }}.",
        ),
        NotificationKind::FeedConflictOpened => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} conflicts of imported calendars{% else %}{{ hotel }}: \
             conflict of an imported calendar{% endif %}",
            "{% if count > 1 %}{{ count }} entries of imported calendars are for dates that are taken.{% else \
             %}An entry of an imported calendar is for dates that are taken{% if check_in %}: {{ check_in }} to \
             {{ check_out }}{% endif %}.{% endif %}",
        ),
        NotificationKind::FeedStale => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} calendars cannot be read{% else %}{{ hotel }}: a calendar \
             cannot be read{% endif %}",
            "An imported calendar has not been read for long. Its dates may be out of date: please look at its \
             address.",
        ),
        NotificationKind::RefundToApprove => (
            "{{ hotel }}: a refund waits for approval",
            "A refund{% if amount %} of {{ amount }}{% endif %}{% if reference %} for booking {{ reference }}{% \
             endif %} was requested, and waits for somebody to approve it.",
        ),
        NotificationKind::RefundFailed => (
            "{{ hotel }}: a refund has not gone through",
            "A refund{% if amount %} of {{ amount }}{% endif %}{% if reference %} for booking {{ reference }}{% \
             endif %} has failed. Please pay it back in another way.",
        ),
        NotificationKind::PaymentAttention => (
            "{{ hotel }}: a payment needs attention",
            "A payment{% if reference %} of booking {{ reference }}{% endif %} is not as it should be. Please \
             look at it.",
        ),
        NotificationKind::ReviewReceived => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} new reviews{% else %}{{ hotel }}: new review{% endif %}",
            "{% if count > 1 %}There are {{ count }} new reviews of {{ hotel }} since you last looked.{% else \
             %}The guest of booking {{ reference }} has written a review.{% endif %}",
        ),
        NotificationKind::NightAuditDone => (
            "{{ hotel }}: business date closed",
            "{% if date %}{{ date }} is closed at {{ hotel }}.{% else %}A business date is closed at {{ hotel \
             }}.{% endif %}",
        ),
        NotificationKind::MyBookingConfirmed => (
            "Your booking {{ reference }} at {{ hotel }} is confirmed",
            "We look forward to seeing you. Arrival: {{ check_in }}. Departure: {{ check_out }}.",
        ),
        NotificationKind::MyBookingChanged => (
            "Your booking {{ reference }} at {{ hotel }} was changed",
            "This is how it stands now. Arrival: {{ check_in }}. Departure: {{ check_out }}.",
        ),
        NotificationKind::MyBookingCancelled => (
            "Your booking {{ reference }} at {{ hotel }} was cancelled",
            "The booking is cancelled. If this surprises you, please write to the hotel.",
        ),
        NotificationKind::MyRequestAnswered => (
            "{{ hotel }} has answered your request",
            "Your request for a change of booking {{ reference }} has an answer. Please look at it.",
        ),
        NotificationKind::MyRefund => (
            "{{ hotel }}: your refund",
            "The refund{% if amount %} of {{ amount }}{% endif %} for booking {{ reference }} has moved on. \
             Please look at the booking for how it stands.",
        ),
        NotificationKind::WaitlistOffered => (
            "{{ hotel }}: rooms are held for you",
            "The rooms that you wait for are free, and held for you for a while: please book them soon.",
        ),
        NotificationKind::IssueRaised => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} new issues{% else %}{{ hotel }}: a new issue{% endif %}",
            "{% if count > 1 %}{{ count }} issues were raised since you last looked.{% else %}Somebody has \
             raised an issue. Please look at it.{% endif %}",
        ),
        NotificationKind::IssueReplied => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} replies of guests{% else %}{{ hotel }}: a guest has replied{% \
             endif %}",
            "{% if count > 1 %}Guests have written {{ count }} times in issues since you last looked.{% else %}A \
             guest has written again in an issue. Please look at it.{% endif %}",
        ),
        NotificationKind::IssueAssigned => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} issues are yours to see to{% else %}{{ hotel }}: an issue is \
             yours to see to{% endif %}",
            "{% if count > 1 %}You were given {{ count }} issues since you last looked.{% else %}Somebody has given \
             you an issue. Please look at it.{% endif %}",
        ),
        NotificationKind::IssueOverdue => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} issues are overdue{% else %}{{ hotel }}: an issue is \
             overdue{% endif %}",
            "What was to be answered or solved by now has not been. Please look at it.",
        ),
        NotificationKind::MyIssueAnswered => {
            ("{{ hotel }} has written to you", "There is news of your issue. Please look at it.")
        }
        NotificationKind::MyReviewAnswered => (
            "{{ hotel }} has answered your review",
            "The hotel has written an answer to your review{% if reference %} of booking {{ reference }}{% \
             endif %}.",
        ),
        NotificationKind::Broadcast => ("{{ hotel }}: {{ subject }}", "{{ message }}"),
    }
}

fn portuguese(kind: NotificationKind) -> (&'static str, &'static str) {
    match kind {
        NotificationKind::BookingCreated => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} novas reservas{% else %}{{ hotel }}: nova reserva {{ \
             reference }}{% endif %}",
            "{% if count > 1 %}Há {{ count }} novas reservas em {{ hotel }} desde a última vez.{% else %}Foi \
             feita a reserva {{ reference }}. Chegada: {{ check_in }}. Partida: {{ check_out }}.{% endif %}",
        ),
        NotificationKind::BookingCancelled => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} reservas canceladas{% else %}{{ hotel }}: reserva {{ \
             reference }} cancelada{% endif %}",
            "{% if count > 1 %}Foram canceladas {{ count }} reservas em {{ hotel }} desde a última vez.{% else \
             %}A reserva {{ reference }} foi cancelada. A chegada seria em {{ check_in }}.{% endif %}",
        ),
        NotificationKind::BookingsImported => {
            ("{{ hotel }}: {{ count }} reservas importadas", "Foram importadas {{ count }} reservas para {{ hotel }}.")
        }
        NotificationKind::ChangeRequestMade => (
            "{{ hotel }}: pedido de alteração da reserva {{ reference }}",
            "O hóspede da reserva {{ reference }} pede uma alteração. Chegada: {{ check_in }}.",
        ),
        NotificationKind::FeedConflictOpened => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} conflitos de calendários importados{% else %}{{ hotel }}: \
             conflito de um calendário importado{% endif %}",
            "{% if count > 1 %}{{ count }} entradas de calendários importados são para datas ocupadas.{% else \
             %}Uma entrada de um calendário importado é para datas ocupadas{% if check_in %}: {{ check_in }} a {{ \
             check_out }}{% endif %}.{% endif %}",
        ),
        NotificationKind::FeedStale => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} calendários não podem ser lidos{% else %}{{ hotel }}: um \
             calendário não pode ser lido{% endif %}",
            "Há muito que um calendário importado não é lido. As suas datas podem estar desatualizadas: verifique \
             o endereço.",
        ),
        NotificationKind::RefundToApprove => (
            "{{ hotel }}: um reembolso aguarda aprovação",
            "Foi pedido um reembolso{% if amount %} de {{ amount }}{% endif %}{% if reference %} da reserva {{ \
             reference }}{% endif %}, que aguarda aprovação.",
        ),
        NotificationKind::RefundFailed => (
            "{{ hotel }}: um reembolso falhou",
            "Um reembolso{% if amount %} de {{ amount }}{% endif %}{% if reference %} da reserva {{ reference \
             }}{% endif %} falhou. Devolva o valor de outra forma.",
        ),
        NotificationKind::PaymentAttention => (
            "{{ hotel }}: um pagamento precisa de atenção",
            "Um pagamento{% if reference %} da reserva {{ reference }}{% endif %} não está como devia. Verifique-o.",
        ),
        NotificationKind::ReviewReceived => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} novas avaliações{% else %}{{ hotel }}: nova avaliação{% endif %}",
            "{% if count > 1 %}Há {{ count }} novas avaliações de {{ hotel }} desde que viu pela última vez.{% else \
             %}O hóspede da reserva {{ reference }} escreveu uma avaliação.{% endif %}",
        ),
        NotificationKind::NightAuditDone => (
            "{{ hotel }}: dia fechado",
            "{% if date %}{{ date }} está fechado em {{ hotel }}.{% else %}Um dia está fechado em {{ hotel }}.{% \
             endif %}",
        ),
        NotificationKind::MyBookingConfirmed => (
            "A sua reserva {{ reference }} em {{ hotel }} está confirmada",
            "Esperamos por si. Chegada: {{ check_in }}. Partida: {{ check_out }}.",
        ),
        NotificationKind::MyBookingChanged => (
            "A sua reserva {{ reference }} em {{ hotel }} foi alterada",
            "É assim que está agora. Chegada: {{ check_in }}. Partida: {{ check_out }}.",
        ),
        NotificationKind::MyBookingCancelled => (
            "A sua reserva {{ reference }} em {{ hotel }} foi cancelada",
            "A reserva está cancelada. Se isto o surpreende, escreva ao hotel.",
        ),
        NotificationKind::MyRequestAnswered => (
            "{{ hotel }} respondeu ao seu pedido",
            "O seu pedido de alteração da reserva {{ reference }} tem resposta. Consulte-a.",
        ),
        NotificationKind::MyRefund => (
            "{{ hotel }}: o seu reembolso",
            "O reembolso{% if amount %} de {{ amount }}{% endif %} da reserva {{ reference }} avançou. Consulte a \
             reserva para ver o estado.",
        ),
        NotificationKind::WaitlistOffered => (
            "{{ hotel }}: há quartos reservados para si",
            "Os quartos que aguarda estão livres e reservados para si durante algum tempo: reserve em breve.",
        ),
        NotificationKind::IssueRaised => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} novos pedidos{% else %}{{ hotel }}: um novo pedido{% \
             endif %}",
            "{% if count > 1 %}Foram feitos {{ count }} pedidos desde a última vez.{% else %}Alguém fez um \
             pedido. Consulte-o.{% endif %}",
        ),
        NotificationKind::IssueReplied => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} respostas de hóspedes{% else %}{{ hotel }}: um hóspede \
             respondeu{% endif %}",
            "{% if count > 1 %}Os hóspedes escreveram {{ count }} vezes em pedidos desde a última vez.{% else %}Um \
             hóspede voltou a escrever num pedido. Consulte-o.{% endif %}",
        ),
        NotificationKind::IssueAssigned => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} pedidos a seu cargo{% else %}{{ hotel }}: um pedido a seu \
             cargo{% endif %}",
            "{% if count > 1 %}Foram-lhe atribuídos {{ count }} pedidos desde a última vez.{% else %}Foi-lhe \
             atribuído um pedido. Consulte-o.{% endif %}",
        ),
        NotificationKind::IssueOverdue => (
            "{% if count > 1 %}{{ hotel }}: {{ count }} pedidos em atraso{% else %}{{ hotel }}: um pedido em \
             atraso{% endif %}",
            "O que devia ter resposta ou solução ainda não a tem. Verifique-o.",
        ),
        NotificationKind::MyIssueAnswered => ("{{ hotel }} escreveu-lhe", "Há novidades do seu pedido. Consulte-o."),
        NotificationKind::MyReviewAnswered => (
            "{{ hotel }} respondeu à sua avaliação",
            "O hotel respondeu à sua avaliação{% if reference %} da reserva {{ reference }}{% endif %}.",
        ),
        NotificationKind::Broadcast => ("{{ hotel }}: {{ subject }}", "{{ message }}"),
    }
}
