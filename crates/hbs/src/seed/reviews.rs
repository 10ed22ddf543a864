//! Reviews of the demo hotels, in two languages, with the stays that they are of. The oldest come first.
use super::days::{self, Guest, guest_who_left};
use super::payments;
use crate::app::App;
use crate::domains::properties;
use crate::domains::reviews::{self, Ratings, Review, ReviewId, ReviewStatus, TravelType};
use crate::error::Or404;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::texts::Locale;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// A stay that is over, and what its guest says of it.
struct Said {
    /// Name of the guest, and the code of the room type.
    guest: (&'static str, &'static str),
    /// Days since the departure, and nights of the stay.
    days: (i64, i64),
    /// Ratings: overall, staff, cleanliness, comfort, location, facilities, value.
    stars: [i32; 7],
    travel_type: TravelType,
    language: &'static str,
    title: &'static str,
    text: &'static str,
    /// Response of the hotel; empty for none.
    response: &'static str,
}

use TravelType::{Business, Couple, Family, Friends, Group, Solo};

const fn said(
    guest: (&'static str, &'static str),
    days: (i64, i64),
    stars: [i32; 7],
    travel_type: TravelType,
    (language, title, text): (&'static str, &'static str, &'static str),
    response: &'static str,
) -> Said {
    Said { guest, days, stars, travel_type, language, title, text, response }
}

impl Said {
    fn to_guest(&self) -> Guest {
        let ((name, kind), (days_ago, nights)) = (self.guest, self.days);
        let adults = if matches!(self.travel_type, Solo | Business) { 1 } else { 2 };
        guest_who_left(name, kind, -days_ago - nights, nights, adults)
    }
}

/// Reviews of the first hotel, and of the second.
const SAID: [&[Said]; 2] = [
    &[
        said(
            ("Inês Rocha", "DBL"),
            (171, 3),
            [5, 5, 5, 4, 5, 4, 4],
            Couple,
            ("pt", "Vista inesquecível", "Acordar com o mar à frente não tem preço. Voltamos de certeza."),
            "",
        ),
        said(
            ("Peter Novak", "SGL"),
            (166, 2),
            [4, 5, 4, 4, 4, 3, 4],
            Business,
            ("en", "Good for work", "Quiet, a proper desk and fast Wi-Fi. The gym is small."),
            "",
        ),
        said(
            ("Mariana Lopes", "FAM"),
            (160, 5),
            [5, 5, 5, 5, 5, 5, 4],
            Family,
            ("pt", "Perfeito com crianças", "Quarto enorme e um pequeno-almoço que os miúdos adoraram."),
            "Obrigado! Esperamos por vocês no próximo verão.",
        ),
        said(
            ("Hannah Schmidt", "TWN"),
            (154, 4),
            [3, 4, 3, 3, 5, 2, 3],
            Friends,
            ("en", "Lovely place, tired lift", "The location is unbeatable. The lift was out of order for two of our four days."),
            "We are sorry. The lift has been replaced since.",
        ),
        said(
            ("Duarte Pinto", "DBL"),
            (149, 2),
            [4, 4, 4, 4, 5, 4, 3],
            Couple,
            ("pt", "Muito bom", "Bem localizado e pessoal atencioso. O estacionamento é caro."),
            "",
        ),
        said(
            ("Olivia Grant", "STE"),
            (143, 3),
            [5, 5, 5, 5, 5, 5, 5],
            Couple,
            ("en", "Worth every cent", "The suite, the terrace, the sunset. And they remembered our anniversary."),
            "It was a joy to have you here.",
        ),
        said(
            ("Tiago Ferreira", "SGL"),
            (137, 1),
            [2, 3, 2, 2, 4, 2, 2],
            Solo,
            ("pt", "Barulho toda a noite", "O quarto dava para o bar e só ficou sossegado às três da manhã."),
            "Lamentamos. O bar fecha agora à meia-noite.",
        ),
        said(
            ("Emma Lind", "DBL"),
            (131, 6),
            [5, 5, 5, 4, 5, 4, 5],
            Couple,
            ("en", "We did not want to leave", "Six nights went by in no time. Breakfast on the terrace is a dream."),
            "",
        ),
        said(
            ("Beatriz Gomes", "FAM"),
            (126, 4),
            [4, 5, 4, 4, 4, 4, 4],
            Family,
            ("pt", "Equipa cinco estrelas", "Trataram de tudo quando perdemos a mala. Obrigado à receção!"),
            "",
        ),
        said(
            ("Marco Rossi", "TWN"),
            (120, 2),
            [4, 4, 5, 4, 5, 3, 4],
            Friends,
            ("en", "Great weekend", "Clean and five minutes from everything."),
            "",
        ),
        said(
            ("Sofia Matos", "DBL"),
            (113, 3),
            [5, 5, 5, 5, 5, 4, 4],
            Couple,
            ("pt", "Adorámos", "Camas confortáveis e um silêncio raro no centro."),
            "",
        ),
        said(
            ("Jack Murphy", "SGL"),
            (107, 3),
            [3, 3, 4, 3, 4, 3, 2],
            Business,
            ("en", "Fine, but pricey", "Nothing wrong with it. For this price I expected more than a kettle."),
            "",
        ),
        said(
            ("Rita Cardoso", "STE"),
            (98, 2),
            [5, 5, 5, 5, 5, 5, 4],
            Couple,
            ("pt", "Luxo discreto", "A suite é linda e a equipa adivinha o que precisamos."),
            "Muito obrigado pelas suas palavras.",
        ),
        said(
            ("Noah Berg", "FAM"),
            (91, 7),
            [4, 5, 4, 4, 5, 4, 4],
            Family,
            ("en", "Easy with three children", "Plenty of room and a kind kitchen. The pool could be warmer."),
            "The pool is heated from October on.",
        ),
        said(
            ("André Silva", "DBL"),
            (84, 1),
            [4, 4, 4, 4, 5, 4, 4],
            Solo,
            ("pt", "Simples e bom", "Fiz o check-in em dois minutos. Voltarei."),
            "",
        ),
        said(
            ("Chloe Martin", "TWN"),
            (76, 3),
            [5, 5, 5, 5, 4, 4, 5],
            Friends,
            ("en", "Best value in town", "Spotless, friendly, and the cake in the afternoon is free."),
            "",
        ),
        said(
            ("Luís Tavares", "SGL"),
            (69, 2),
            [1, 2, 1, 2, 4, 2, 1],
            Business,
            ("pt", "Ar condicionado avariado", "Avisei duas vezes e ninguém apareceu. Uma noite muito longa."),
            "Pedimos desculpa: devolvemos-lhe a noite.",
        ),
        said(
            ("Yuki Mori", "DBL"),
            (58, 4),
            [5, 5, 5, 5, 5, 5, 5],
            Couple,
            ("en", "Thank you, Dora", "The lady at the desk planned our whole stay. We saw things that are in no guide."),
            "Dora says thank you.",
        ),
        said(
            ("Carla Nunes", "FAM"),
            (47, 3),
            [4, 4, 4, 5, 4, 4, 4],
            Family,
            ("pt", "Recomendo", "Tudo limpo e bem pensado para famílias."),
            "",
        ),
        said(
            ("Oscar Hill", "DBL"),
            (36, 2),
            [3, 4, 3, 3, 5, 3, 3],
            Solo,
            ("en", "All right", "A nice house in a great place; our bathroom has seen better days."),
            "",
        ),
        said(
            ("Vera Antunes", "STE"),
            (28, 4),
            [5, 5, 5, 5, 5, 5, 5],
            Couple,
            ("pt", "Lua de mel perfeita", "Champanhe à chegada e uma vista que nunca esqueceremos."),
            "Felicidades aos dois!",
        ),
        said(
            ("Ethan Brooks", "TWN"),
            (22, 5),
            [4, 4, 4, 4, 4, 4, 4],
            Group,
            ("en", "Our choir slept well", "Twelve rooms, no trouble, and the piano in the bar is in tune."),
            "",
        ),
        said(
            ("Marta Reis", "DBL"),
            (15, 2),
            [5, 5, 4, 5, 5, 4, 4],
            Couple,
            ("pt", "Fim de semana de sonho", "Chuva lá fora, lareira cá dentro. Perfeito."),
            "",
        ),
        said(
            ("Zoe Carter", "SGL"),
            (9, 3),
            [4, 5, 4, 4, 5, 3, 4],
            Solo,
            ("en", "Felt safe and welcome", "Travelling alone, I was glad of the people at the desk."),
            "",
        ),
    ],
    &[
        said(
            ("Grace Kim", "DBL"),
            (168, 2),
            [4, 4, 4, 4, 5, 4, 3],
            Business,
            ("en", "Near everything", "Two minutes to the subway. The room is small, as they all are."),
            "",
        ),
        said(
            ("Rafael Costa", "TWN"),
            (159, 4),
            [5, 5, 5, 4, 5, 4, 4],
            Friends,
            ("pt", "Base ideal para Nova Iorque", "Metro à porta e pessoal muito prestável."),
            "",
        ),
        said(
            ("Liam Foster", "SGL"),
            (148, 1),
            [2, 3, 3, 2, 4, 2, 1],
            Business,
            ("en", "Too much for too little", "Thin walls and a fee for everything. The staff did what they could."),
            "Thank you for telling us. The fee for early check-in is gone.",
        ),
        said(
            ("Amélia Duarte", "FAM"),
            (139, 5),
            [4, 5, 4, 4, 5, 4, 3],
            Family,
            ("pt", "Boa experiência", "Camas para todos e um pequeno-almoço variado."),
            "",
        ),
        said(
            ("Ava Thompson", "STE"),
            (127, 3),
            [5, 5, 5, 5, 5, 5, 4],
            Couple,
            ("en", "What a view", "The river from the bed. Nothing more to say."),
            "",
        ),
        said(
            ("Nuno Barros", "DBL"),
            (116, 3),
            [3, 3, 4, 3, 5, 3, 3],
            Couple,
            ("pt", "Razoável", "Ótima localização, mas o quarto precisa de obras."),
            "",
        ),
        said(
            ("Mia Walker", "TWN"),
            (104, 2),
            [5, 5, 5, 4, 5, 4, 4],
            Friends,
            ("en", "Friendly and clean", "We came for a concert and would come back for the hotel."),
            "",
        ),
        said(
            ("Sara Pires", "SGL"),
            (93, 4),
            [4, 4, 4, 4, 4, 4, 4],
            Solo,
            ("pt", "Tranquilo", "Dormi muito bem, apesar da cidade."),
            "",
        ),
        said(
            ("Lucas Meyer", "DBL"),
            (81, 6),
            [4, 4, 5, 4, 5, 4, 3],
            Couple,
            ("en", "A good week", "Housekeeping was flawless all week."),
            "We have told the team, who are proud.",
        ),
        said(
            ("Joana Freitas", "STE"),
            (70, 2),
            [5, 5, 5, 5, 5, 5, 5],
            Couple,
            ("pt", "Excelente", "Do bar ao último andar, tudo com gosto."),
            "",
        ),
        said(
            ("Henry Adams", "FAM"),
            (59, 4),
            [3, 4, 3, 3, 5, 3, 3],
            Family,
            ("en", "Fine for families", "Big enough for four. The crib came late."),
            "",
        ),
        said(
            ("Bruna Teles", "DBL"),
            (49, 3),
            [5, 5, 4, 5, 5, 4, 4],
            Couple,
            ("pt", "Voltaremos", "A equipa fez-nos sentir em casa."),
            "",
        ),
        said(
            ("Ella Young", "SGL"),
            (38, 2),
            [4, 4, 4, 4, 5, 3, 4],
            Business,
            ("en", "Reliable", "My third stay. Same room, same good coffee."),
            "",
        ),
        said(
            ("Miguel Santos", "TWN"),
            (27, 5),
            [4, 5, 4, 4, 5, 4, 4],
            Friends,
            ("pt", "Muito prático", "Tudo a pé, e o pessoal fala português!"),
            "Até breve!",
        ),
        said(
            ("Lily Evans", "DBL"),
            (17, 2),
            [1, 1, 2, 2, 4, 2, 1],
            Couple,
            ("en", "Our room was given away", "We arrived late, as we had said, and slept elsewhere."),
            "This should not have happened. We have written to you.",
        ),
        said(
            ("Clara Vaz", "STE"),
            (8, 3),
            [5, 5, 5, 5, 5, 5, 4],
            Couple,
            ("pt", "Um mimo", "Flores no quarto e um bilhete à mão. Obrigada!"),
            "",
        ),
    ],
];

/// Review of the guest with a login, of a stay that is over.
const OF_LOGIN: &Said = &said(
    ("Ana Sousa", "DBL"),
    (30, 3),
    [5, 5, 5, 4, 5, 4, 4],
    Couple,
    ("en", "Woken by the sea", "We asked for a quiet room and got the quietest. Breakfast on the terrace every morning."),
    "Thank you, Ana. The terrace is waiting for you.",
);

/// Loads the review of a guest with a login, as theirs.
pub async fn load_of_login(
    conn: &Conn,
    (property_id, booking_id): (Uuid, Uuid),
    author_id: Uuid,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<()> {
    let departed_on = today - TimeDelta::days(OF_LOGIN.days.0);
    write(conn, (property_id, booking_id), (departed_on, Some(author_id)), OF_LOGIN, now).await
}

/// The guest with a login, who has left.
pub(super) fn login_who_left() -> Guest {
    OF_LOGIN.to_guest()
}

/// Loads the reviews of a new demo hotel, by its place among them.
pub async fn load(app: &App, property_id: Uuid, place: usize) -> Result<()> {
    let Some(all) = SAID.get(place) else { return Ok(()) };
    let mut conn = app.db.conn().await?;
    let now = app.clock.now();
    conn.transaction(async |conn| {
        let property = properties::find(conn, property_id).await?.or_404("property")?;
        let (today, cause) = (property.business_date(now), Cause::system(now));
        let guests: Vec<Guest> = all.iter().map(Said::to_guest).collect();
        let numbered: Vec<_> = guests.iter().map(|guest| (0, guest)).collect();
        let booked = days::book(app, conn, property_id, today, &numbered, &cause).await?;
        for (_, booking_id) in &booked {
            payments::settle(conn, &property, *booking_id, &cause).await?;
        }
        for said in *all {
            // A stay that the hotel could not take has no review.
            if let Some((_, booking_id)) = booked.iter().find(|(guest, _)| guest.name == said.guest.0) {
                let departed_on = today - TimeDelta::days(said.days.0);
                write(conn, (property_id, *booking_id), (departed_on, None), said, now).await?;
            }
        }
        Ok(())
    })
    .await
}

/// Writes a review, a day after the departure.
async fn write(
    conn: &Conn,
    (property_id, booking_id): (Uuid, Uuid),
    (departed_on, author_id): (NaiveDate, Option<Uuid>),
    said: &Said,
    now: DateTime<Utc>,
) -> Result<()> {
    let Said { guest: (name, kind), days: (days_ago, nights), stars, travel_type, language, title, text, response } = said;
    let at = now - TimeDelta::days(days_ago - 1);
    let language: Locale = language.parse().map_err(Error::internal)?;
    let response = (!response.is_empty()).then(|| (*response).to_owned());
    let [overall, staff, cleanliness, comfort, location, facilities, value] = *stars;
    let review = Review {
        property_id,
        id: ReviewId::now_v7(),
        booking_id,
        room_type_id: super::named_id(&format!("{property_id}/{kind}")),
        author_id,
        author_name: name.split(' ').next().map(String::from),
        status: ReviewStatus::Published,
        is_suspended: false,
        hidden_for: None,
        moderation_note: None,
        moderated_at: None,
        ratings: Ratings {
            overall,
            staff: Some(staff),
            cleanliness: Some(cleanliness),
            comfort: Some(comfort),
            location: Some(location),
            facilities: Some(facilities),
            value: Some(value),
        },
        title: Some((*title).to_owned()),
        body: Some((*text).to_owned()),
        departed_on,
        nights: i32::try_from(*nights).map_err(Error::internal)?,
        travel_type: *travel_type,
        edited_at: None,
        response_language: response.as_ref().map(|_| language.clone()),
        responded_at: response.as_ref().map(|_| at),
        response,
        response_edited_at: None,
        language,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    reviews::insert(conn, &review).await?;
    outbox::publish(conn, &Cause::system(at), [Event::created(&review)]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_forty_reviews_in_two_languages() {
        let all: Vec<&Said> = SAID.iter().copied().flatten().collect();
        assert_eq!(all.len(), 40);
        for language in ["en", "pt"] {
            assert!(all.iter().filter(|said| said.language == language).count() >= 18, "{language}");
        }
        assert!(all.iter().all(|said| said.stars.iter().all(|stars| (1..=5).contains(stars))));
    }
}
