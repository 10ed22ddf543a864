//! The sentences in which each kind of event is told.
//!
//! `{name}` is a variable, and `[…]` a part that is left out if a variable in it has no value. Of several sentences of a kind the
//! first counts whose other variables all have one.
use crate::language::Language;

struct Sentence {
    kind: &'static str,
    english: &'static str,
    portuguese: &'static str,
}

const fn sentence(kind: &'static str, english: &'static str, portuguese: &'static str) -> Sentence {
    Sentence { kind, english, portuguese }
}

/// Every kind of event that the history of a booking can have.
const SENTENCES: &[Sentence] = &[
    sentence(
        "booking.created",
        "{who} made booking {reference}[ from {check_in} to {check_out}][, for {total}][ ({status})].",
        "{who} fez a reserva {reference}[, de {check_in} a {check_out}][, por {total}][ ({status})].",
    ),
    sentence("booking.created", "{who} made the booking.", "{who} fez a reserva."),
    sentence("booking.updated", "{who} changed the booking[: {changes}].", "{who} atualizou a reserva[: {changes}]."),
    sentence(
        "booking.amended",
        "{who} amended the booking[, now from {check_in} to {check_out}][; its total went from {total.before} to \
         {total}].",
        "{who} alterou a reserva[, agora de {check_in} a {check_out}][; o total passou de {total.before} para {total}].",
    ),
    sentence(
        "booking.status_changed",
        "{who} changed the booking from {status.before} to {status}[, with a fee of {fee}][, waiving a fee of \
         {waived_fee}][; its total went from {total.before} to {total}].",
        "{who} mudou a reserva de {status.before} para {status}[, com uma penalização de {fee}][, dispensando uma \
         penalização de {waived_fee}][; o total passou de {total.before} para {total}].",
    ),
    sentence(
        "booking.status_changed",
        "{who} changed the status of a part of the booking[, with a fee of {fee}][, waiving a fee of {waived_fee}][; its \
         total went from {total.before} to {total}].",
        "{who} mudou o estado de uma parte da reserva[, com uma penalização de {fee}][, dispensando uma penalização de \
         {waived_fee}][; o total passou de {total.before} para {total}].",
    ),
    sentence(
        "booking.hold_extended",
        "{who} extended the hold of the booking[ to {hold_expires_at}].",
        "{who} prolongou a retenção da reserva[ até {hold_expires_at}].",
    ),
    sentence(
        "booking.contact_proved",
        "{who} confirmed the e-mail address of the contact.",
        "{who} confirmou o e-mail do contacto.",
    ),
    sentence("booking.claimed", "{who} took the booking into an account.", "{who} associou a reserva a um utilizador."),
    sentence("booking.split", "{who} split a stay of the booking.", "{who} dividiu uma estadia da reserva."),
    sentence(
        "booking.extra_added",
        "{who} added {quantity} × {extra_id}[ for {stay}][, {date}][; the total of the booking went from {total.before} \
         to {total}].",
        "{who} acrescentou {quantity} × {extra_id}[ para {stay}][, {date}][; o total da reserva passou de {total.before} \
         para {total}].",
    ),
    sentence(
        "booking.extra_added",
        "{who} added an extra[ for {stay}][; the total of the booking went from {total.before} to {total}].",
        "{who} acrescentou um extra[ para {stay}][; o total da reserva passou de {total.before} para {total}].",
    ),
    sentence(
        "booking.extra_removed",
        "{who} removed {quantity} × {extra_id}[ {of_stay}][, {date}][; the total of the booking went from {total.before} \
         to {total}].",
        "{who} retirou {quantity} × {extra_id}[ {of_stay}][, {date}][; o total da reserva passou de {total.before} para \
         {total}].",
    ),
    sentence(
        "booking.extra_removed",
        "{who} removed an extra[ {of_stay}][; the total of the booking went from {total.before} to {total}].",
        "{who} retirou um extra[ {of_stay}][; o total da reserva passou de {total.before} para {total}].",
    ),
    sentence(
        "booking.tax_exempted",
        "{who} exempted {stay} from taxes[ ({tax_rule_ids})][ from {exempt_from} on][; the total of the booking went from \
         {total.before} to {total}].",
        "{who} isentou {stay} de taxas[ ({tax_rule_ids})][ a partir de {exempt_from}][; o total da reserva passou de \
         {total.before} para {total}].",
    ),
    sentence(
        "booking.tax_exempted",
        "{who} exempted a stay of the booking from taxes.",
        "{who} isentou de taxas uma estadia da reserva.",
    ),
    sentence(
        "booking.tax_exemption_withdrawn",
        "{who} ended the tax exemption {of_stay}[ from {exempt_until} on][; the total of the booking went from \
         {total.before} to {total}].",
        "{who} terminou a isenção de taxas {of_stay}[ a partir de {exempt_until}][; o total da reserva passou de \
         {total.before} para {total}].",
    ),
    sentence(
        "booking.tax_exemption_withdrawn",
        "{who} ended the tax exemption of a stay of the booking.",
        "{who} terminou a isenção de taxas de uma estadia da reserva.",
    ),
    sentence(
        "stay.created",
        "{who} made {stay} out of the later nights of {split_from}[, from {check_in} to {check_out}].",
        "{who} criou {stay} com as últimas noites (antes {split_from})[, de {check_in} a {check_out}].",
    ),
    sentence(
        "stay.created",
        "{who} booked {stay}[: {room_type_id}][, from {check_in} to {check_out}][, {room_id}].",
        "{who} reservou {stay}[: {room_type_id}][, de {check_in} a {check_out}][, {room_id}].",
    ),
    sentence("stay.updated", "{who} changed {stay}[: {changes}].", "{who} atualizou {stay}[: {changes}]."),
    sentence("stay.amended", "{who} amended {stay}[: {changes}].", "{who} alterou {stay}[: {changes}]."),
    sentence(
        "stay.split",
        "{who} split {stay}[; it ends on {check_out} and goes on in {split_into}].",
        "{who} dividiu {stay}[; termina em {check_out} e continua como {split_into}].",
    ),
    sentence("stay.assigned", "{who} assigned {room_id} {to_stay}.", "{who} atribuiu {to_stay}: {room_id}."),
    sentence("stay.assigned", "{who} assigned a room {to_stay}.", "{who} atribuiu um quarto {to_stay}."),
    sentence(
        "stay.moved",
        "{who} moved {stay} from {room_id.before} to {room_id}.",
        "{who} mudou {stay} de quarto (antes {room_id.before}, agora {room_id}).",
    ),
    sentence("stay.moved", "{who} moved {stay} to {room_id}.", "{who} mudou {stay} de quarto (agora {room_id})."),
    sentence("stay.moved", "{who} moved {stay} to another room.", "{who} mudou {stay} de quarto."),
    sentence(
        "stay.unassigned",
        "{who} took {room_id.before} from {stay}.",
        "{who} retirou o quarto {of_stay} (antes {room_id.before}).",
    ),
    sentence("stay.unassigned", "{who} took the room from {stay}.", "{who} retirou o quarto {of_stay}."),
    sentence("stay.pinned", "{who} fixed the room {of_stay}.", "{who} fixou o quarto {of_stay}."),
    sentence("stay.unpinned", "{who} let the room {of_stay} change again.", "{who} deixou de fixar o quarto {of_stay}."),
    sentence("stay.confirmed", "{who} confirmed {stay}.", "{who} confirmou {stay}."),
    sentence("stay.cancelled", "{who} cancelled {stay}.", "{who} cancelou {stay}."),
    sentence("stay.expired", "{who} let the hold {of_stay} expire.", "{who} deixou expirar a retenção {of_stay}."),
    sentence("stay.checked_in", "{who} checked in {stay}[, {room_id}].", "{who} fez o check-in {of_stay}[, {room_id}]."),
    sentence(
        "stay.checked_out",
        "{who} checked out {stay}[, on {check_out} rather than {check_out.before}].",
        "{who} fez o check-out {of_stay}[, em {check_out} em vez de {check_out.before}].",
    ),
    sentence("stay.no_show", "{who} recorded {stay} as a no-show.", "{who} registou a não comparência {of_stay}."),
    sentence("stay.reinstated", "{who} reinstated {stay}[, {room_id}].", "{who} repôs {stay}[, {room_id}]."),
    sentence("stay.check_in_undone", "{who} undid the check-in {of_stay}.", "{who} anulou o check-in {of_stay}."),
    sentence("stay.check_out_undone", "{who} undid the check-out {of_stay}.", "{who} anulou o check-out {of_stay}."),
    sentence(
        "stay.expected_late",
        "{who} recorded that {stay} is expected late[, on {late_on}].",
        "{who} registou a chegada tardia {of_stay}[, em {late_on}].",
    ),
    sentence(
        "stay.guests_registered",
        "{who} registered the guests {of_stay}[ ({registered_guests})].",
        "{who} registou os hóspedes {of_stay}[ ({registered_guests})].",
    ),
    sentence("folio.created", "{who} opened a folio[ ({kind})].", "{who} abriu uma conta[ ({kind})]."),
    sentence("folio.updated", "{who} changed the folio[: {changes}].", "{who} atualizou a conta[: {changes}]."),
    sentence("folio.closed", "{who} closed the folio.", "{who} fechou a conta."),
    sentence(
        "folio.charged",
        "{who} charged {amount_minor} to the folio[ ({lines})].",
        "{who} debitou {amount_minor} na conta[ ({lines})].",
    ),
    sentence("folio.charged", "{who} charged the folio.", "{who} debitou a conta."),
    sentence(
        "folio.allowance_posted",
        "{who} granted an allowance[ of {amount}].",
        "{who} concedeu um desconto na conta[ de {amount}].",
    ),
    sentence(
        "folio.correction_posted",
        "{who} corrected the folio[ by {amount_minor}].",
        "{who} corrigiu a conta[ em {amount_minor}].",
    ),
    sentence(
        "folio.moved",
        "{who} moved {amount} to another folio[, {to_folio_id}].",
        "{who} passou {amount} para outra conta[: {to_folio_id}].",
    ),
    sentence("folio.moved", "{who} moved lines to another folio.", "{who} passou linhas para outra conta."),
    sentence(
        "folio.split",
        "{who} split lines, of which {amount} went to another folio[, {to_folio_id}].",
        "{who} dividiu linhas, das quais {amount} passaram para outra conta[: {to_folio_id}].",
    ),
    sentence("folio.split", "{who} split lines between folios.", "{who} dividiu linhas entre contas."),
    sentence(
        "folio.sent_to_account",
        "{who} sent {amount} of the folio to an account.",
        "{who} enviou {amount} da conta para uma conta corrente.",
    ),
    sentence("folio.sent_to_account", "{who} sent the folio to an account.", "{who} enviou a conta para uma conta corrente."),
    sentence(
        "folio.balance_brought_in",
        "{who} brought in the balance of the folio[: {lines}].",
        "{who} trouxe de outro sistema o saldo da conta[: {lines}].",
    ),
    sentence(
        "folio.rounded",
        "{who} rounded the taxes of the folio[: {lines}].",
        "{who} arredondou os impostos da conta[: {lines}].",
    ),
    sentence(
        "folio.routing_added",
        "{who} added a routing of charges to the folio.",
        "{who} acrescentou um encaminhamento de consumos para a conta.",
    ),
    sentence(
        "folio.routing_removed",
        "{who} removed a routing of charges to the folio.",
        "{who} retirou um encaminhamento de consumos para a conta.",
    ),
    sentence(
        "payment.created",
        "{who} recorded a payment of {amount_minor}[ by {method}][ ({status})].",
        "{who} registou um pagamento de {amount_minor}[ por {method}][ ({status})].",
    ),
    sentence("payment.created", "{who} recorded a payment.", "{who} registou um pagamento."),
    sentence(
        "payment.updated",
        "{who} changed the payment[ of {thing}][: {changes}].",
        "{who} atualizou o pagamento[ de {thing}][: {changes}].",
    ),
    sentence(
        "payment.authorized",
        "{who} recorded the payment[ of {thing}] as authorized.",
        "{who} registou o pagamento[ de {thing}] como autorizado.",
    ),
    sentence(
        "payment.captured",
        "{who} recorded the payment[ of {thing}] as captured[: {captured_minor}].",
        "{who} registou o pagamento[ de {thing}] como cobrado[: {captured_minor}].",
    ),
    sentence(
        "payment.failed",
        "{who} recorded the payment[ of {thing}] as failed[: {decline}].",
        "{who} registou o pagamento[ de {thing}] como falhado[: {decline}].",
    ),
    sentence(
        "payment.acknowledged",
        "{who} has looked at the payment[ of {thing}].",
        "{who} verificou o pagamento[ de {thing}].",
    ),
    sentence("payment.voided", "{who} voided the payment[ of {thing}].", "{who} anulou o pagamento[ de {thing}]."),
    sentence(
        "payment.expired",
        "{who} recorded the payment[ of {thing}] as expired.",
        "{who} registou o pagamento[ de {thing}] como expirado.",
    ),
    sentence(
        "payment.unclear",
        "{who} found it unclear whether the payment[ of {thing}] went through.",
        "{who} não conseguiu saber se o pagamento[ de {thing}] foi feito.",
    ),
    sentence(
        "payment.ordered",
        "{who} gave the gateway an order for the payment[ of {thing}][: {order}][, {amount_minor}].",
        "{who} deu uma ordem ao sistema de pagamento para o pagamento[ de {thing}][: {order}][, {amount_minor}].",
    ),
    sentence("payment.retried", "{who} tried the payment[ of {thing}] again.", "{who} tentou de novo o pagamento[ de {thing}]."),
    sentence(
        "payment.refunds_told",
        "{who} heard from the gateway of refunds of the payment[ of {thing}].",
        "{who} soube pelo sistema de pagamento de reembolsos do pagamento[ de {thing}].",
    ),
    sentence("guarantee.created", "{who} asked for a guarantee of the booking.", "{who} pediu uma garantia da reserva."),
    sentence(
        "guarantee.updated",
        "{who} changed the guarantee of the booking[: {changes}].",
        "{who} atualizou a garantia da reserva[: {changes}].",
    ),
    sentence("guarantee.stored", "{who} stored a guarantee of the booking.", "{who} guardou uma garantia da reserva."),
    sentence(
        "refund.requested",
        "{who} requested a refund[ of {amount_minor}].",
        "{who} pediu um reembolso[ de {amount_minor}].",
    ),
    sentence("refund.approved", "{who} approved the refund[ of {thing}].", "{who} aprovou o reembolso[ de {thing}]."),
    sentence("refund.rejected", "{who} rejected the refund[ of {thing}].", "{who} recusou o reembolso[ de {thing}]."),
    sentence(
        "refund.ordered",
        "{who} ordered the refund[ of {thing}] from the gateway.",
        "{who} mandou o sistema de pagamento fazer o reembolso[ de {thing}].",
    ),
    sentence(
        "refund.updated",
        "{who} changed the refund[ of {thing}][: {changes}].",
        "{who} atualizou o reembolso[ de {thing}][: {changes}].",
    ),
    sentence(
        "refund.failed",
        "{who} recorded the refund[ of {thing}] as failed.",
        "{who} registou o reembolso[ de {thing}] como falhado.",
    ),
    sentence("refund.completed", "{who} completed the refund[ of {thing}].", "{who} concluiu o reembolso[ de {thing}]."),
    sentence(
        "payment_link.created",
        "{who} made a payment link[ for {amount_minor}][, valid until {expires_at}].",
        "{who} criou uma ligação de pagamento[ de {amount_minor}][, válida até {expires_at}].",
    ),
    sentence(
        "payment_link.used",
        "{who} began a payment by a payment link.",
        "{who} começou um pagamento por uma ligação de pagamento.",
    ),
    sentence(
        "payment_link.paid",
        "{who} recorded a payment link as paid[: {thing}].",
        "{who} registou uma ligação de pagamento como paga[: {thing}].",
    ),
    sentence(
        "payment_link.cancelled",
        "{who} cancelled a payment link[ for {thing}].",
        "{who} cancelou uma ligação de pagamento[ de {thing}].",
    ),
    sentence(
        "payment_link.expired",
        "{who} let a payment link expire[: {thing}].",
        "{who} deixou expirar uma ligação de pagamento[: {thing}].",
    ),
    sentence(
        "payment_due.created",
        "{who} made {amount_minor} due[ on {due_on}][ ({kind})].",
        "{who} tornou devidos {amount_minor}[ até {due_on}][ ({kind})].",
    ),
    sentence("payment_due.created", "{who} made an amount due.", "{who} tornou devido um valor."),
    sentence("payment_due.updated", "{who} changed what is due[: {changes}].", "{who} atualizou o valor devido[: {changes}]."),
    sentence(
        "payment_due.charged",
        "{who} charged what is due to the guarantee[: {payment_id}].",
        "{who} debitou o valor devido na garantia[: {payment_id}].",
    ),
    sentence(
        "invoice.created",
        "{who} made a document[ ({kind})][ for {total_minor}].",
        "{who} fez um documento[ ({kind})][ de {total_minor}].",
    ),
    sentence(
        "invoice.issued",
        "{who} issued {thing}[ ({kind})][ for {total_minor}].",
        "{who} emitiu {thing}[ ({kind})][ de {total_minor}].",
    ),
    sentence(
        "invoice.issued",
        "{who} issued a document[ ({kind})][ for {total_minor}].",
        "{who} emitiu um documento[ ({kind})][ de {total_minor}].",
    ),
    sentence(
        "invoice.credited",
        "{who} credited {thing}[: {credited_minor} in all].",
        "{who} creditou {thing}[: {credited_minor} no total].",
    ),
    sentence("invoice.credited", "{who} credited a document.", "{who} creditou um documento."),
    sentence("invoice.mailed", "{who} sent {thing} by e-mail.", "{who} enviou {thing} por e-mail."),
    sentence("invoice.mailed", "{who} sent a document by e-mail.", "{who} enviou um documento por e-mail."),
    sentence(
        "invoice.fiscal_number_told",
        "{who} recorded the fiscal number of {thing}[: {fiscal_number}].",
        "{who} registou o número fiscal de {thing}[: {fiscal_number}].",
    ),
    sentence(
        "invoice.fiscal_number_told",
        "{who} recorded the fiscal number of a document.",
        "{who} registou o número fiscal de um documento.",
    ),
    sentence("review.created", "{who} wrote a review.", "{who} escreveu uma avaliação."),
    sentence("review.updated", "{who} changed the review.", "{who} alterou a avaliação."),
    sentence("review.deleted", "{who} removed the review.", "{who} removeu a avaliação."),
    sentence("review.published", "{who} published the review.", "{who} publicou a avaliação."),
    sentence("review.hidden", "{who} hid the review[: {hidden_for}].", "{who} ocultou a avaliação[: {hidden_for}]."),
    sentence("review.responded", "{who} answered the review.", "{who} respondeu à avaliação."),
    sentence("review.response_changed", "{who} changed the answer to the review.", "{who} alterou a resposta à avaliação."),
    sentence("review.response_withdrawn", "{who} withdrew the answer to the review.", "{who} retirou a resposta à avaliação."),
    sentence("review.photo_added", "{who} added a photo to the review.", "{who} acrescentou uma fotografia à avaliação."),
    sentence("review.photo_removed", "{who} removed a photo of the review.", "{who} retirou uma fotografia da avaliação."),
    sentence(
        "review.anonymised",
        "{who} removed the name of the author of the review.",
        "{who} retirou o nome do autor da avaliação.",
    ),
    sentence(
        "registration_card.created",
        "{who} made a registration card[ for {stay}].",
        "{who} fez uma ficha de registo[ para {stay}].",
    ),
    sentence(
        "registration_card.signed",
        "{who} took the signature of the registration card.",
        "{who} recolheu a assinatura da ficha de registo.",
    ),
    sentence("registration_card.voided", "{who} made the registration card void.", "{who} anulou a ficha de registo."),
    sentence(
        "registration_card.documents_read",
        "{who} read the identity documents on the registration card[ ({documents})].",
        "{who} consultou os documentos de identificação da ficha de registo[ ({documents})].",
    ),
    sentence(
        "personal_data.revealed",
        "{who} was shown personal data that are masked or sealed.",
        "{who} consultou dados pessoais que estão ocultos ou selados.",
    ),
    sentence("waitlist_entry.created", "{who} asked for a place in line.", "{who} pediu um lugar na lista de espera."),
    sentence(
        "waitlist_entry.offered",
        "{who} offered the booking to a guest in line.",
        "{who} ofereceu a reserva a um hóspede em lista de espera.",
    ),
    sentence(
        "waitlist_entry.booked",
        "{who} recorded that the guest in line has booked.",
        "{who} registou que o hóspede em lista de espera reservou.",
    ),
    sentence(
        "waitlist_entry.lapsed",
        "{who} recorded that the guest in line let the offer lapse.",
        "{who} registou que o hóspede em lista de espera deixou passar a oferta.",
    ),
    sentence(
        "waitlist_entry.expired",
        "{who} recorded that the guest in line waits no longer.",
        "{who} registou que o hóspede já não está em lista de espera.",
    ),
    sentence("waitlist_entry.left", "{who} left the line.", "{who} saiu da lista de espera."),
    sentence(
        "change_request.created",
        "{who} asked for a change of the booking[ ({kind})].",
        "{who} pediu uma mudança da reserva[ ({kind})].",
    ),
    sentence(
        "change_request.proposed",
        "{who} proposed a change of the booking[ ({kind})][, with a total of {proposed_total_minor}].",
        "{who} propôs uma mudança da reserva[ ({kind})][, com um total de {proposed_total_minor}].",
    ),
    sentence("change_request.accepted", "{who} accepted the proposed change.", "{who} aceitou a mudança proposta."),
    sentence("change_request.declined", "{who} declined the proposed change.", "{who} não aceitou a mudança proposta."),
    sentence("change_request.lapsed", "{who} let the proposed change lapse.", "{who} deixou passar o prazo da mudança proposta."),
    sentence("change_request.granted", "{who} granted the change that was asked for.", "{who} deferiu a mudança pedida."),
    sentence("change_request.refused", "{who} refused the change that was asked for.", "{who} indeferiu a mudança pedida."),
    sentence("change_request.withdrawn", "{who} withdrew the request for a change.", "{who} desistiu do pedido de mudança."),
];

/// Sentences of kinds that have none of their own, by the verb of the kind.
const GENERAL: &[Sentence] = &[
    sentence("created", "{who} added {entity}[: {changes}].", "{who} acrescentou {entity}[: {changes}]."),
    sentence("deleted", "{who} removed {entity}.", "{who} removeu {entity}."),
];
const ANY: Sentence = sentence("", "{who} changed {entity}[: {changes}].", "{who} alterou {entity}[: {changes}].");

impl Sentence {
    fn text(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::Portuguese => self.portuguese,
        }
    }
}

/// Tells an event of a kind, by the values of variables.
pub fn fill(language: Language, kind: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let verb = kind.rsplit_once('.').map_or(kind, |(_, verb)| verb);
    let own = SENTENCES.iter().filter(|sentence| sentence.kind == kind);
    let general = GENERAL.iter().filter(|sentence| sentence.kind == verb);
    let mut sentences = own.chain(general).chain([&ANY]);
    sentences.find_map(|sentence| filled(sentence.text(language), &variable)).unwrap_or_default()
}

/// Fills a sentence in; none if a variable outside of brackets has no value.
fn filled(sentence: &str, variable: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut pieces = sentence.split('[');
    let mut text = part(pieces.next().unwrap_or_default(), variable)?;
    for piece in pieces {
        let (optional, rest) = piece.split_once(']').unwrap_or((piece, ""));
        text.push_str(&part(optional, variable).unwrap_or_default());
        text.push_str(&part(rest, variable)?);
    }
    Some(text)
}

fn part(part: &str, variable: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut pieces = part.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}').unwrap_or((piece, ""));
        text.push_str(&variable(name)?);
        text.push_str(rest);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// Entities that belong to a booking.
    const ENTITIES: [&str; 13] = [
        "booking",
        "change_request",
        "folio",
        "guarantee",
        "invoice",
        "payment",
        "payment_due",
        "payment_link",
        "refund",
        "registration_card",
        "review",
        "stay",
        "waitlist_entry",
    ];

    /// The code of the domains, without their tests.
    fn sources() -> Vec<String> {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            let entries: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one").path()).collect();
            for path in entries {
                match path.extension() {
                    None if path.is_dir() && !path.ends_with("tests") => folders.push(path),
                    Some(extension) if extension == "rs" && !path.ends_with("tests.rs") => {
                        found.push(fs::read_to_string(path).expect("code"));
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// The words in quotes that look like kinds of events of a booking, and are not codes of problems.
    fn kinds(sources: &[String]) -> BTreeSet<&str> {
        let quoted = sources.iter().flat_map(|code| code.split('"'));
        let looks = |word: &&str| {
            word.split_once('.').is_some_and(|(entity, verb)| {
                ENTITIES.contains(&entity)
                    && verb.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
                    && !verb.is_empty()
            })
        };
        let is_code = |word: &str| sources.iter().any(|code| code.contains(&format!("code: \"{word}\"")));
        quoted.filter(looks).filter(|word| !is_code(word)).collect()
    }

    /// Signals to screens, of any change; and examples.
    const NO_KINDS: [&str; 11] = [
        "booking.changed",
        "change_request.changed",
        "folio.changed",
        "guarantee.changed",
        "invoice.changed",
        "payment.changed",
        "payment_due.changed",
        "payment_link.changed",
        "refund.changed",
        "registration_card.changed",
        "review.changed",
    ];
    const EXAMPLES: [&str; 5] = ["booking.com", "booking.example", "booking.vanished", "review.answered", "review.sung"];

    #[test]
    fn every_kind_of_the_code_has_a_sentence() {
        let sources = sources();
        let told: BTreeSet<&str> = SENTENCES.iter().map(|sentence| sentence.kind).collect();
        let kinds = kinds(&sources);
        assert!(kinds.len() > 80, "only {} kinds were found", kinds.len());
        let is_kind = |kind: &&&str| !NO_KINDS.contains(*kind) && !EXAMPLES.contains(*kind);
        let without: Vec<&&str> = kinds.iter().filter(is_kind).filter(|kind| !told.contains(**kind)).collect();
        assert!(without.is_empty(), "no sentence tells of {without:?}");
    }

    #[test]
    fn sentences_are_alike_in_each_language() {
        let names = |text: &str| -> BTreeSet<String> {
            let names = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
            names.map(|(name, _)| name.replace("of_stay", "stay").replace("to_stay", "stay")).collect()
        };
        for sentence in SENTENCES.iter().chain(GENERAL).chain([&ANY]) {
            assert_eq!(names(sentence.english), names(sentence.portuguese), "{}", sentence.kind);
            for text in [sentence.english, sentence.portuguese] {
                assert!(text.starts_with("{who} ") && text.ends_with('.'), "{text}");
                assert_eq!(text.matches('[').count(), text.matches(']').count(), "{text}");
            }
        }
    }

    /// Whatever little is known of an event, its own sentence tells it.
    #[test]
    fn the_last_sentence_of_a_kind_needs_nothing() {
        let always = |name: &str| match name {
            "who" | "entity" | "stay" | "of_stay" | "to_stay" => Some(name.to_owned()),
            _ => None,
        };
        let kinds: BTreeSet<&str> = SENTENCES.iter().map(|sentence| sentence.kind).collect();
        for kind in kinds {
            let last = SENTENCES.iter().rfind(|sentence| sentence.kind == kind).expect("a sentence");
            for language in Language::ALL {
                let is_of_stay = kind.starts_with("stay.");
                let known = |name: &str| always(name).filter(|_| is_of_stay || !name.contains("stay"));
                assert!(filled(last.text(*language), &known).is_some(), "{kind}");
            }
        }
    }

    #[test]
    fn parts_without_a_value_are_left_out() {
        let known = |name: &str| (name == "who").then(|| "Ana".to_owned());
        assert_eq!(filled("{who} paid[ {amount}][ by {who}].", &known).as_deref(), Some("Ana paid by Ana."));
        assert_eq!(filled("{who} paid {amount}.", &known), None);
    }
}
