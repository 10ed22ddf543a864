//! Words for fields, for what they can be, and for what changes, in each language.
use crate::language::Language;

/// Words in each language: English, Portuguese.
type Words = (&'static str, &'static str);

fn of(language: Language, (english, portuguese): Words) -> &'static str {
    match language {
        Language::English => english,
        Language::Portuguese => portuguese,
    }
}

/// Fields that tell people nothing: ids of the entry itself or of other systems, and what is kept of files and gateways.
const SILENT: &[&str] = &[
    "acknowledged",
    "asked_at",
    "attention_about",
    "balance_minor",
    "booking_id",
    "cause_id",
    "content",
    "currency",
    "customer_id",
    "deposits_minor",
    "digest",
    "gateway_id",
    "gateway_transaction_id",
    "guest_id",
    "id",
    "method_id",
    "ordered_at",
    "page",
    "photo_id",
    "position",
    "posting_id",
    "priced_at",
    "property_id",
    "routing",
    "row",
    "signature_format",
    "signature_key",
    "stay_extra_id",
    "words",
];

/// Fields whose values are words of a list.
const CODED: &[&str] = &[
    "attention",
    "capture",
    "channel",
    "decline",
    "dispute",
    "hidden_for",
    "kind",
    "method",
    "order",
    "status",
    "travel_type",
    "way",
];

/// field, and its label.
const LABELS: &[(&str, Words)] = &[
    ("account_id", ("account", "conta corrente")),
    ("adults", ("adults", "adultos")),
    ("agreement", ("agreed terms", "condições acordadas")),
    ("amount_minor", ("amount", "valor")),
    ("answer", ("answer", "resposta")),
    ("arrival_time", ("arrival time", "hora de chegada")),
    ("attention", ("attention", "atenção")),
    ("authorized_minor", ("authorized amount", "valor autorizado")),
    ("author_name", ("author", "autor")),
    ("awaits_payment", ("awaits payment", "aguarda pagamento")),
    ("awaits_proof", ("awaits confirmation of the e-mail address", "aguarda confirmação do e-mail")),
    ("body", ("text", "texto")),
    ("booked_check_out", ("departure as booked", "partida reservada")),
    ("booked_room_type_id", ("room type as booked", "tipo de quarto reservado")),
    ("business_date", ("business date", "data contabilística")),
    ("cancellation_terms", ("cancellation terms", "condições de cancelamento")),
    ("capture", ("capture", "cobrança")),
    ("capture_before", ("to be captured before", "a cobrar antes de")),
    ("captured_minor", ("captured amount", "valor cobrado")),
    ("channel", ("channel", "canal")),
    ("charge_limit_minor", ("charge limit", "limite de consumos")),
    ("charged_on", ("charged on", "cobrado em")),
    ("charges", ("attempts to charge", "tentativas de cobrança")),
    ("check_in", ("arrival", "chegada")),
    ("check_out", ("departure", "partida")),
    ("children_ages", ("ages of children", "idades das crianças")),
    ("closed_at", ("closed", "fechada")),
    ("completed_at", ("completed", "concluído")),
    ("contact_email", ("contact's e-mail address", "e-mail do contacto")),
    ("contact_name", ("contact's name", "nome do contacto")),
    ("contact_phone", ("contact's phone number", "telefone do contacto")),
    ("contact_proved_at", ("e-mail address confirmed", "e-mail confirmado")),
    ("corrects_id", ("corrects", "corrige")),
    ("created_by", ("made by", "feita por")),
    ("created_by_key", ("made by API key", "feita pela chave de API")),
    ("credited_minor", ("credited amount", "valor creditado")),
    ("date", ("date", "data")),
    ("decided_at", ("decided", "decidido")),
    ("decided_by", ("decided by", "decidido por")),
    ("decline", ("reason of the gateway", "motivo do sistema de pagamento")),
    ("departed_on", ("departed on", "partida em")),
    ("dispute", ("dispute", "contestação")),
    ("documents", ("documents", "documentos")),
    ("drawer_id", ("cash drawer", "caixa")),
    ("due_on", ("due on", "a pagar até")),
    ("email", ("e-mail address", "e-mail")),
    ("exempt_from", ("exempt from", "isenta desde")),
    ("exempt_until", ("exempt until", "isenta até")),
    ("exemption_reference", ("reference of the exemption", "referência da isenção")),
    ("expires_at", ("valid until", "válido até")),
    ("external_reference", ("reference of the channel", "referência do canal")),
    ("extra_id", ("extra", "extra")),
    ("fee", ("fee", "penalização")),
    ("first_night", ("first night", "primeira noite")),
    ("fiscal_number", ("fiscal number", "número fiscal")),
    ("folio_id", ("folio", "conta")),
    ("group_id", ("group", "grupo")),
    ("guest_name", ("guest's name", "nome do hóspede")),
    ("hidden_for", ("reason for hiding", "motivo da ocultação")),
    ("hold_expires_at", ("held until", "retida até")),
    ("ignored_capacity", ("beyond the capacity of the room", "acima da capacidade do quarto")),
    ("ignored_restrictions", ("restrictions that were overruled", "restrições ignoradas")),
    ("imported", ("brought in from another system", "trazida de outro sistema")),
    ("is_brought_in", ("brought in from another system", "trazido de outro sistema")),
    ("is_copy", ("copy", "cópia")),
    ("is_deleted", ("removed", "removido")),
    ("is_hold_extended", ("hold was extended", "retenção prolongada")),
    ("is_pinned", ("room is fixed", "quarto fixo")),
    ("is_suspended", ("suspended", "suspensa")),
    ("issue_date", ("date of issue", "data de emissão")),
    ("issued_at", ("issued", "emitido")),
    ("issued_with_id", ("issued with", "emitido com")),
    ("kind", ("kind", "tipo")),
    ("late_on", ("expected late on", "chegada tardia em")),
    ("lines", ("lines", "linhas")),
    ("locale", ("language", "língua")),
    ("lost_minor", ("amount lost", "valor perdido")),
    ("transferred_minor", ("amount paid back by transfer", "valor devolvido por transferência")),
    ("mailed", ("times mailed", "envios por e-mail")),
    ("message", ("message", "mensagem")),
    ("method", ("method", "meio de pagamento")),
    ("moderated_at", ("moderated", "moderada")),
    ("moderation_note", ("note of the moderator", "nota da moderação")),
    ("moved_on", ("moved on", "mudança em")),
    ("name", ("name", "nome")),
    ("net_minor", ("net amount", "valor sem impostos")),
    ("nightly_price", ("price per night", "preço por noite")),
    ("nights", ("nights", "noites")),
    ("no_post", ("no charges by room number", "sem consumos pelo número do quarto")),
    ("notes", ("notes", "notas")),
    ("number", ("number", "número")),
    ("order", ("order", "ordem")),
    ("outstanding_minor", ("outstanding amount", "valor em falta")),
    ("overall", ("overall rating", "classificação geral")),
    ("overpays", ("more than was due", "mais do que o devido")),
    ("page_expires_at", ("payment page valid until", "página de pagamento válida até")),
    ("parked_events", ("events that were put aside", "eventos postos de lado")),
    ("payment_id", ("payment", "pagamento")),
    ("proposal", ("proposal", "proposta")),
    ("proposed_difference_minor", ("proposed difference", "diferença proposta")),
    ("proposed_total_minor", ("proposed total", "total proposto")),
    ("provider", ("gateway", "sistema de pagamento")),
    ("quantity", ("quantity", "quantidade")),
    ("quote_expires_at", ("quote valid until", "orçamento válido até")),
    ("rate_plan_id", ("rate plan", "tarifa")),
    ("reason", ("reason", "motivo")),
    ("reference", ("reference", "referência")),
    ("refunded_minor", ("refunded amount", "valor reembolsado")),
    ("refunding_minor", ("amount being refunded", "valor em reembolso")),
    ("registered_guests", ("registered guests", "hóspedes registados")),
    ("rejection", ("reason for the rejection", "motivo da recusa")),
    ("reports_closed", ("reports closed", "denúncias encerradas")),
    ("requested_by", ("requested by", "pedido por")),
    ("responded_at", ("answered", "respondida")),
    ("response", ("answer of the hotel", "resposta do hotel")),
    ("response_edited_at", ("answer edited", "resposta alterada")),
    ("room_id", ("room", "quarto")),
    ("room_type_id", ("room type", "tipo de quarto")),
    ("rooms", ("rooms", "quartos")),
    ("signed_at", ("signed", "assinada")),
    ("signed_by", ("signed by", "assinada por")),
    ("special_requests", ("special requests", "pedidos especiais")),
    ("split_from", ("part of", "parte de")),
    ("split_into", ("goes on in", "continua em")),
    ("status", ("status", "estado")),
    ("status_on", ("date of the status", "data do estado")),
    ("stay_id", ("stay", "estadia")),
    ("tags", ("tags", "etiquetas")),
    ("taken_by", ("taken by", "recolhida por")),
    ("tax_minor", ("taxes", "impostos")),
    ("tax_rule_ids", ("taxes", "taxas")),
    ("title", ("title", "título")),
    ("to_account_id", ("charged to account", "debitado à conta corrente")),
    ("to_folio_id", ("to folio", "para a conta")),
    ("total", ("total", "total")),
    ("total_minor", ("total", "total")),
    ("travel_type", ("kind of trip", "tipo de viagem")),
    ("unpaid_balance", ("unpaid balance", "saldo por pagar")),
    ("user_id", ("account of the guest", "utilizador do hóspede")),
    ("value_date", ("value date", "data-valor")),
    ("wait_until", ("waits until", "espera até")),
    ("waived_fee", ("waived fee", "penalização dispensada")),
    ("wanted", ("wish", "pedido")),
    ("way", ("way", "via")),
    ("year", ("year", "ano")),
];

/// entity where the word is its own, word of a list, and how people say it.
const CODES: &[(&str, &str, Words)] = &[
    // What agrees with another noun than most do comes first.
    ("guarantee", "failed", ("failed", "falhada")),
    ("payment", "expired", ("expired", "expirado")),
    ("refund", "own", ("that of the payment", "a do pagamento")),
    // Stays and bookings.
    ("", "held", ("held", "retida")),
    ("", "confirmed", ("confirmed", "confirmada")),
    ("", "checked_in", ("checked in", "com check-in feito")),
    ("", "checked_out", ("checked out", "com check-out feito")),
    ("", "cancelled", ("cancelled", "cancelada")),
    ("", "expired", ("expired", "expirada")),
    ("", "no_show", ("no-show", "não comparência")),
    ("", "direct", ("direct", "direto")),
    // Payments, guarantees and refunds.
    ("", "pending", ("pending", "pendente")),
    ("", "requires_action", ("waits for the guest", "à espera do hóspede")),
    ("", "authorized", ("authorized", "autorizado")),
    ("", "captured", ("captured", "cobrado")),
    ("", "failed", ("failed", "falhado")),
    ("", "voided", ("voided", "anulado")),
    ("", "unknown", ("unclear", "por esclarecer")),
    ("", "stored", ("stored", "guardada")),
    ("", "replaced", ("replaced", "substituída")),
    ("", "requested", ("requested", "pedido")),
    ("", "approved", ("approved", "aprovado")),
    ("", "processing", ("on its way", "a caminho")),
    ("", "completed", ("completed", "concluído")),
    ("", "rejected", ("rejected", "recusado")),
    ("", "cash", ("cash", "numerário")),
    ("", "card_terminal", ("card terminal", "terminal de cartões")),
    ("", "bank_transfer", ("bank transfer", "transferência bancária")),
    ("", "gateway", ("online", "online")),
    ("", "checkout", ("payment page", "página de pagamento")),
    ("", "charge", ("charge", "débito")),
    ("", "capture", ("capture", "cobrança")),
    ("", "void", ("void", "sem efeito")),
    ("", "automatic", ("automatic", "automática")),
    ("", "manual", ("manual", "manual")),
    ("", "authorization_ends", ("the authorization ends", "a autorização termina")),
    ("", "amount_differs", ("the amount differs", "o valor difere")),
    ("", "refunded_elsewhere", ("refunded elsewhere", "reembolsado noutro sistema")),
    ("", "refund_failed", ("a refund failed", "um reembolso falhou")),
    ("", "taken_back", ("taken back by the bank", "retirado pelo banco")),
    ("", "disputed", ("disputed", "contestado")),
    ("", "event_waits", ("an event of its gateway waits", "um evento do gateway aguarda")),
    ("", "lost", ("lost", "perdida")),
    ("", "won", ("won", "ganha")),
    // Folios and their lines.
    ("", "account", ("account", "conta corrente")),
    ("", "guest", ("guest", "hóspede")),
    ("", "company", ("company", "empresa")),
    ("", "master", ("master", "principal do grupo")),
    ("", "house", ("house", "casa")),
    ("", "room", ("room", "alojamento")),
    ("", "discount", ("discount", "desconto")),
    ("", "tax", ("tax", "taxa")),
    ("", "fee", ("fee", "penalização")),
    ("", "extra", ("extra", "extra")),
    ("", "adjustment", ("adjustment", "ajuste")),
    ("", "payment", ("payment", "pagamento")),
    ("", "refund", ("refund", "reembolso")),
    ("", "transfer", ("transfer", "transferência")),
    ("", "opening", ("opening balance", "saldo inicial")),
    ("", "rounding", ("rounding", "arredondamento")),
    // Amounts due.
    ("", "deposit", ("deposit", "sinal")),
    ("", "rest", ("rest", "restante")),
    ("", "cancellation_fee", ("cancellation fee", "penalização por cancelamento")),
    ("", "no_show_fee", ("no-show fee", "penalização por não comparência")),
    // Documents.
    ("", "pro_forma", ("pro forma invoice", "fatura pró-forma")),
    ("", "invoice", ("invoice", "fatura")),
    ("", "levy", ("tourist tax document", "documento de taxa turística")),
    ("", "advance", ("advance invoice", "fatura de adiantamento")),
    ("", "credit_note", ("credit note", "nota de crédito")),
    ("", "receipt", ("receipt", "recibo")),
    // Requests, links, cards, places in line.
    ("", "open", ("open", "em aberto")),
    ("", "proposed", ("proposed", "com proposta")),
    ("", "accepted", ("accepted", "aceite")),
    ("", "declined", ("declined", "não aceite")),
    ("", "lapsed", ("lapsed", "sem efeito por prazo")),
    ("", "granted", ("granted", "deferido")),
    ("", "refused", ("refused", "indeferido")),
    ("", "withdrawn", ("withdrawn", "desistido")),
    ("", "amendment", ("amendment", "alteração")),
    ("", "cancellation", ("cancellation", "cancelamento")),
    ("", "paid", ("paid", "paga")),
    ("", "signed", ("signed", "assinada")),
    ("", "waiting", ("waiting", "em espera")),
    ("", "offered", ("offered", "com oferta")),
    ("", "booked", ("booked", "reservada")),
    ("", "left", ("left", "saiu")),
    // Reviews.
    ("", "published", ("published", "publicada")),
    ("", "hidden", ("hidden", "oculta")),
    ("", "offensive", ("offensive", "ofensiva")),
    ("", "personal_data", ("personal data", "dados pessoais")),
    ("", "off_topic", ("off topic", "fora do assunto")),
    ("", "advertising", ("advertising", "publicidade")),
    ("", "fake", ("fake", "falsa")),
    ("", "conflict_of_interest", ("conflict of interest", "conflito de interesses")),
    ("", "illegal", ("illegal", "ilegal")),
    ("", "solo", ("alone", "a sós")),
    ("", "business", ("business", "trabalho")),
    ("", "couple", ("couple", "casal")),
    ("", "family", ("family", "família")),
    ("", "friends", ("friends", "amigos")),
    ("", "group", ("group", "grupo")),
    // Restrictions of a sale.
    ("", "stop_sell", ("night not sold", "noite sem venda")),
    ("", "min_stay", ("minimum stay", "estadia mínima")),
    ("", "min_stay_through", ("minimum stay", "estadia mínima")),
    ("", "max_stay", ("maximum stay", "estadia máxima")),
    ("", "closed_to_arrival", ("closed to arrival", "sem chegadas")),
    ("", "closed_to_departure", ("closed to departure", "sem partidas")),
    ("", "advance_purchase", ("advance purchase", "compra antecipada")),
    ("", "last_minute", ("last minute", "última hora")),
    ("", "not_valid", ("plan not valid", "tarifa não válida")),
    ("", "channel", ("not sold on the channel", "sem venda neste canal")),
];

/// entity, and how a sentence calls it.
const ENTITIES: &[(&str, Words)] = &[
    ("booking", ("the booking", "a reserva")),
    ("change_request", ("the change request", "o pedido de alteração")),
    ("folio", ("the folio", "a conta")),
    ("guarantee", ("the guarantee", "a garantia")),
    ("invoice", ("the document", "o documento")),
    ("payment", ("the payment", "o pagamento")),
    ("payment_due", ("the amount due", "o valor a pagar")),
    ("payment_link", ("the payment link", "a ligação de pagamento")),
    ("refund", ("the refund", "o reembolso")),
    ("registration_card", ("the registration card", "a ficha de registo")),
    ("review", ("the review", "a avaliação")),
    ("stay", ("the stay", "a estadia")),
    ("waitlist_entry", ("the place in line", "o lugar na lista de espera")),
];

/// Returns `true` for fields that people read nothing in.
pub fn is_silent(field: &str) -> bool {
    SILENT.contains(&field)
}

pub fn is_coded(field: &str) -> bool {
    CODED.contains(&field)
}

/// Returns the label of a field. One that has none yet is called by its name.
pub fn label(language: Language, field: &str) -> String {
    let known = LABELS.iter().find(|(name, _)| *name == field);
    known.map_or_else(|| field.replace('_', " "), |(_, words)| of(language, *words).to_owned())
}

/// Returns how people say a word of a list, if that is known.
pub fn code(language: Language, entity: &str, word: &str) -> Option<&'static str> {
    let known = CODES.iter().find(|(of, code, _)| *code == word && (of.is_empty() || *of == entity))?;
    Some(of(language, known.2))
}

/// Returns how a sentence calls what changed.
pub fn entity(language: Language, entity: &str) -> &'static str {
    let known = ENTITIES.iter().find(|(name, _)| *name == entity);
    of(language, known.map_or(("something of the booking", "algo da reserva"), |(_, words)| *words))
}

pub fn yes_or_no(language: Language, is_so: bool) -> &'static str {
    of(language, if is_so { ("yes", "sim") } else { ("no", "não") })
}

/// Returns the name of a folio, by the word for who pays.
pub fn folio(language: Language, payer: &str) -> String {
    match language {
        Language::English => format!("{payer} folio"),
        Language::Portuguese => format!("conta ({payer})"),
    }
}

/// Returns the name of a stay, by its place in the booking from 1.
pub fn stay(language: Language, place: &str) -> String {
    format!("{} {place}", of(language, ("stay", "estadia")))
}

/// Returns a room as a sentence calls it, by its number.
pub fn room(language: Language, number: &str) -> String {
    format!("{} {number}", of(language, ("room", "quarto")))
}

/// Form of a noun in a sentence: as it is, what something is of it, and what is given to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Plain,
    Of,
    To,
}

/// Returns a stay as a sentence calls it: by its name, or as the stay of a booking that has no other.
pub fn of_stay(language: Language, form: Form, name: Option<&str>) -> String {
    match (language, name) {
        (Language::English, name) => {
            let before = match form {
                Form::Plain => "",
                Form::Of => "of ",
                Form::To => "to ",
            };
            format!("{before}{}", name.unwrap_or("the stay"))
        }
        (Language::Portuguese, name) => {
            let before = match form {
                Form::Plain => "a",
                Form::Of => "da",
                Form::To => "à",
            };
            format!("{before} {}", name.unwrap_or("estadia"))
        }
    }
}

/// Returns the words for one change of a field, as the end of a sentence.
pub fn change(language: Language, label: &str, before: Option<&str>, after: Option<&str>) -> String {
    match (language, before, after) {
        (Language::English, Some(before), Some(after)) => format!("{label} from {before} to {after}"),
        (Language::Portuguese, Some(before), Some(after)) => format!("{label} de {before} para {after}"),
        (Language::English, Some(before), None) => format!("{label} removed (was {before})"),
        (Language::Portuguese, Some(before), None) => format!("{label} sem valor (antes {before})"),
        (_, None, Some(after)) => format!("{label} {after}"),
        (Language::English, None, None) => format!("{label} changed"),
        (Language::Portuguese, None, None) => format!("{label} com alterações"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_once() {
        let mut labels: Vec<&str> = LABELS.iter().map(|(field, _)| *field).collect();
        labels.dedup();
        assert_eq!(labels.len(), LABELS.len());
        for (place, (entity, code, _)) in CODES.iter().enumerate() {
            let again = CODES[place + 1..].iter().find(|(other, word, _)| word == code && other == entity);
            assert!(again.is_none(), "{entity} {code} twice");
        }
        assert!(LABELS.iter().all(|(field, _)| !is_silent(field)), "what tells nothing has a label");
    }

    #[test]
    fn a_word_agrees_with_what_it_is_of() {
        assert_eq!(code(Language::Portuguese, "payment", "expired"), Some("expirado"));
        assert_eq!(code(Language::Portuguese, "booking", "expired"), Some("expirada"));
        assert_eq!(code(Language::English, "booking", "unheard_of"), None);
    }
}
