//! The website of a demo hotel, in English and Portuguese.
use crate::domains::content::{ContentKind, DemoPage};
use serde_json::{Value, json};

/// What a page says in a language: its address, and its content.
type Text = (&'static str, Value);

fn page(kind: ContentKind, name: &'static str, position: i32, (slug_en, en): Text, (slug_pt, pt): Text) -> DemoPage {
    DemoPage { kind, name, position, texts: vec![("en", slug_en, en), ("pt", slug_pt, pt)] }
}

fn text(markdown: &str) -> Value {
    json!({"text": {"markdown": markdown}})
}

fn question(question: &str, answer: &str) -> Value {
    json!({"question": {"question": question, "answer": answer}})
}

/// The pages of the site, by their places.
pub fn pages() -> Vec<DemoPage> {
    vec![home(), breakfast(), announcement(), questions(), house_rules(), pool(), three_nights(), about()]
}

fn home() -> DemoPage {
    let en = json!({"title": "Welcome to the bay", "summary": "A house by the sea, ten minutes from the old town.", "blocks": [
        text("Wake up to the **Atlantic**. Our rooms look out on the bay or on the garden, and the beach begins across the road."),
        {"link": {"label": "Find your room", "url": "/rooms"}},
        {"quote": {"text": "The quietest week of our year.", "author": "A guest from Porto"}},
    ]});
    let pt = json!({"title": "Bem-vindo à baía", "summary": "Uma casa junto ao mar, a dez minutos do centro antigo.", "blocks": [
        text("Acorde com o **Atlântico**. Os nossos quartos dão para a baía ou para o jardim, e a praia começa do outro lado da rua."),
        {"link": {"label": "Encontre o seu quarto", "url": "/rooms"}},
        {"quote": {"text": "A semana mais tranquila do nosso ano.", "author": "Um hóspede do Porto"}},
    ]});
    page(ContentKind::Page, "Home", 0, ("home", en), ("inicio", pt))
}

fn breakfast() -> DemoPage {
    let en = json!({"title": "Breakfast", "summary": "From 7 to 11, until 12 on Sundays.", "blocks": [
        text("Bread from the bakery next door, fruit of the season, eggs as you like them.\n\n* **Monday to Saturday** 7:00 to 11:00\n* **Sunday** 7:00 to 12:00"),
        {"heading": {"level": 2, "text": "What you cannot eat"}},
        text("Tell us the evening before, and the kitchen bakes without gluten or milk."),
    ]});
    let pt = json!({"title": "Pequeno-almoço", "summary": "Das 7 às 11, até às 12 aos domingos.", "blocks": [
        text("Pão da padaria ao lado, fruta da época, ovos a gosto.\n\n* **Segunda a sábado** 7:00 às 11:00\n* **Domingo** 7:00 às 12:00"),
        {"heading": {"level": 2, "text": "O que não pode comer"}},
        text("Diga-nos na véspera, e a cozinha faz sem glúten ou sem leite."),
    ]});
    page(ContentKind::Page, "Breakfast", 10, ("breakfast", en), ("pequeno-almoco", pt))
}

fn announcement() -> DemoPage {
    let en = json!({"title": "The lift is renewed in February", "blocks": [
        text("From 1 to 12 February, stairs only. We carry your luggage."),
    ]});
    let pt = json!({"title": "O elevador é renovado em fevereiro", "blocks": [
        text("De 1 a 12 de fevereiro, só escadas. Levamos a sua bagagem."),
    ]});
    page(ContentKind::Announcement, "Lift", 0, ("lift", en), ("elevador", pt))
}

fn questions() -> DemoPage {
    let en = json!({"title": "Questions and answers", "blocks": [
        question("May I bring my dog?", "Yes. It costs nothing and has its own towel."),
        question("Where do I park?", "Below the house. Fifteen places, first come, first served."),
        question("Is there a cot?", "Ask for it when you book; it is free."),
    ]});
    let pt = json!({"title": "Perguntas e respostas", "blocks": [
        question("Posso levar o meu cão?", "Sim. Não custa nada e tem a sua própria toalha."),
        question("Onde estaciono?", "Por baixo da casa. Quinze lugares, por ordem de chegada."),
        question("Há berço?", "Peça ao reservar; é gratuito."),
    ]});
    page(ContentKind::Faq, "Questions", 0, ("questions", en), ("perguntas", pt))
}

fn house_rules() -> DemoPage {
    let en = json!({"title": "House rules", "blocks": [
        text("1. Quiet from 22:00 to 8:00.\n2. No smoking inside.\n3. Check-in from 15:00, check-out until 11:00."),
    ]});
    let pt = json!({"title": "Regras da casa", "blocks": [
        text("1. Silêncio das 22:00 às 8:00.\n2. Não se fuma no interior.\n3. Check-in a partir das 15:00, check-out até às 11:00."),
    ]});
    page(ContentKind::Policy, "House rules", 0, ("house-rules", en), ("regras-da-casa", pt))
}

fn pool() -> DemoPage {
    let en = json!({"title": "Pool", "blocks": [
        {"facility": {"name": "Pool on the roof", "description": "Heated, with a view of the bay. **Children with an adult.**", "hours": "9:00 to 20:00"}},
    ]});
    let pt = json!({"title": "Piscina", "blocks": [
        {"facility": {"name": "Piscina no terraço", "description": "Aquecida, com vista para a baía. **Crianças com um adulto.**", "hours": "9:00 às 20:00"}},
    ]});
    page(ContentKind::Facility, "Pool", 0, ("pool", en), ("piscina", pt))
}

fn three_nights() -> DemoPage {
    let en = json!({"title": "Winter by the sea", "blocks": [
        {"promotion": {"headline": "Three nights, breakfast included", "terms": "For arrivals from Sunday to Wednesday.", "valid_to": "2027-02-28"}},
        {"link": {"label": "See the dates", "url": "/offers"}},
    ]});
    let pt = json!({"title": "Inverno junto ao mar", "blocks": [
        {"promotion": {"headline": "Três noites com pequeno-almoço", "terms": "Para chegadas de domingo a quarta-feira.", "valid_to": "2027-02-28"}},
        {"link": {"label": "Ver as datas", "url": "/offers"}},
    ]});
    page(ContentKind::Promotion, "Winter", 0, ("winter", en), ("inverno", pt))
}

fn about() -> DemoPage {
    let en = json!({"title": "How to reach us", "blocks": [
        {"contact": {"email": "hello@hotel-miramar.example", "address": "Bus 728 to Praia, then two minutes on foot.", "hours": "Day and night"}},
    ]});
    let pt = json!({"title": "Como chegar", "blocks": [
        {"contact": {"email": "hello@hotel-miramar.example", "address": "Autocarro 728 até Praia, depois dois minutos a pé.", "hours": "Dia e noite"}},
    ]});
    page(ContentKind::HotelInformation, "How to reach us", 0, ("contact", en), ("contacto", pt))
}
