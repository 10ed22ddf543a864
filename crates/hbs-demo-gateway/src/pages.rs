//! Pages on which somebody pays, and the list of all payments. Without script; nothing comes from elsewhere.
use crate::api::failed;
use crate::books::Change;
use crate::objects::{Page, Payment, Purpose, Status};
use crate::orders::{self, Next};
use crate::{Choice, Error, Gateway};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};

const STYLE: &str = include_str!("style.css");
/// Payments that the list shows.
const SHOWN: usize = 100;

pub fn router() -> Router<Gateway> {
    Router::new().route("/", get(overview)).route("/style.css", get(style)).route("/pages/{id}", get(show).post(answer))
}

impl Gateway {
    /// Returns a payment that has a page, after what time has brought.
    fn with_page(&self, id: &str, now: DateTime<Utc>) -> Result<(Payment, Page), Trouble> {
        let mut books = self.books();
        books.settle(now)?;
        let payment = books.payment(id).cloned();
        payment.and_then(|payment| payment.page.clone().map(|page| (payment, page))).ok_or(Trouble::NoPage)
    }

    /// Writes what was chosen, unless the page was answered meanwhile.
    fn write_if_open(&self, id: &str, changes: Vec<Change>) -> Result<(), Trouble> {
        let mut books = self.books();
        if books.payment(id).is_none_or(|payment| payment.status != Status::Open) {
            return Err(Trouble::Answered);
        }
        books.write(changes)?;
        drop(books);
        self.0.has_events.notify_one();
        Ok(())
    }
}

/// Reason why a page is not shown.
#[derive(Debug)]
enum Trouble {
    NoPage,
    Answered,
    Books(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Books(error)
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match self {
            Self::NoPage => html(StatusCode::NOT_FOUND, None, "No such page", "<p>There is nothing to pay here.</p>"),
            Self::Answered => {
                html(StatusCode::CONFLICT, None, "Answered already", "<p>This page was answered in another window.</p>")
            }
            Self::Books(error) => failed(&error),
        }
    }
}

async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css")], STYLE).into_response()
}

async fn show(State(gateway): State<Gateway>, Path(id): Path<String>) -> Result<Response, Trouble> {
    let (payment, page) = gateway.with_page(&id, gateway.now())?;
    Ok(shown(StatusCode::OK, &payment, &page))
}

async fn answer(State(gateway): State<Gateway>, Path(id): Path<String>, body: Bytes) -> Result<Response, Trouble> {
    let now = gateway.now();
    let (payment, page) = gateway.with_page(&id, now)?;
    if payment.status != Status::Open {
        return Ok(shown(StatusCode::CONFLICT, &payment, &page));
    }
    let (next, changes) = match (field(&body, "choice"), field(&body, "factor").as_deref()) {
        (_, Some(factor @ ("confirmed" | "refused"))) if payment.asks_for_factor => {
            orders::confirm(&payment, factor == "confirmed", now)
        }
        (Some(choice), _) if !payment.asks_for_factor => match Choice::from_word(&choice) {
            Some(choice) => orders::choose(&payment, choice, gateway.late(), now),
            None => return Ok(shown(StatusCode::BAD_REQUEST, &payment, &page)),
        },
        _ => return Ok(shown(StatusCode::BAD_REQUEST, &payment, &page)),
    };
    gateway.write_if_open(&id, changes)?;
    Ok(match next {
        Next::Return => Redirect::to(&page.return_url).into_response(),
        Next::SecondFactor => Redirect::to(&format!("/pages/{id}")).into_response(),
        Next::Declined => {
            let (payment, page) = gateway.with_page(&id, now)?;
            shown(StatusCode::OK, &payment, &page)
        }
        Next::Lost => {
            let text = "<p>It took too long, and nobody knows here whether it was done. The hotel will find out.</p>";
            html(StatusCode::GATEWAY_TIMEOUT, None, "No answer", text)
        }
    })
}

fn field(body: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(body).find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
}

fn shown(status: StatusCode, payment: &Payment, page: &Page) -> Response {
    let amount = match payment.purpose {
        Purpose::Pay => format!("<p class=\"amount\">{}</p>", money(payment.amount, payment)),
        Purpose::Guarantee => "<p class=\"amount\">Guarantee</p><p class=\"note\">Nothing is charged now.</p>".into(),
    };
    let email = page.email.as_deref().map(|email| format!("<p class=\"note\">{}</p>", escaped(email))).unwrap_or_default();
    let rest = match payment.status {
        Status::Open if payment.asks_for_factor => factor_form(),
        Status::Open => choice_form(page),
        status => closed(status, page),
    };
    html(status, Some(page), &page.description, &format!("{amount}{email}{rest}"))
}

fn choice_form(page: &Page) -> String {
    let options = Choice::ALL.iter().map(|choice| {
        let checked = if *choice == Choice::Succeeds { " checked" } else { "" };
        let (word, title, about) = (choice.word(), choice.title(), choice.about());
        format!(
            "<label><input type=\"radio\" name=\"choice\" value=\"{word}\"{checked}>\
             <span>{title}</span><small>{about}</small></label>"
        )
    });
    format!(
        "<form method=\"post\"><fieldset><legend>This payment…</legend>{}</fieldset><button>Go on</button></form>\
         <a class=\"back\" href=\"{}\">Back without paying</a>",
        options.collect::<String>(),
        escaped(&page.cancel_url)
    )
}

fn factor_form() -> String {
    "<form method=\"post\"><p>Your bank asks: is it you?</p>\
     <button name=\"factor\" value=\"confirmed\">Yes, it is me</button>\
     <button class=\"plain\" name=\"factor\" value=\"refused\">No</button></form>"
        .into()
}

fn closed(status: Status, page: &Page) -> String {
    let (text, url) = match status {
        Status::Captured | Status::Authorized | Status::Processing => ("This is paid.", &page.return_url),
        Status::Stored => ("The guarantee is there.", &page.return_url),
        Status::Failed => ("The bank declined this payment. Nothing was charged.", &page.cancel_url),
        Status::Voided => ("The hotel gave this payment up. Nothing was charged.", &page.cancel_url),
        Status::Expired => ("The time to pay is over. Nothing was charged.", &page.cancel_url),
        Status::Open => ("This payment is open.", &page.cancel_url),
    };
    format!("<p>{text}</p><a class=\"back\" href=\"{}\">Back to the hotel</a>", escaped(url))
}

async fn overview(State(gateway): State<Gateway>) -> Response {
    let now = gateway.now();
    let mut books = gateway.books();
    if let Err(error) = books.settle(now) {
        return failed(&error);
    }
    let rows: String = books.payments().rev().take(SHOWN).map(|payment| row(payment, books.refunded(&payment.id))).collect();
    let body = format!(
        "<p class=\"note\">It is {} here. What comes days later (an authorization that ends, a refund that comes back, a \
         dispute) need not be waited for.</p>\
         <form class=\"row\" method=\"post\" action=\"/days?days=3\"><button>Let three days pass</button></form>\
         <table><thead><tr><th>Payment</th><th>State</th><th class=\"number\">Amount</th>\
         <th class=\"number\">Captured</th><th class=\"number\">Refunded</th></tr></thead>\
         <tbody>{rows}</tbody></table>",
        now.format("%Y-%m-%d %H:%M UTC")
    );
    html(StatusCode::OK, None, "Payments", &body)
}

fn row(payment: &Payment, refunded: i64) -> String {
    let about = payment.page.as_ref().map_or("charged without a page", |page| page.description.as_str());
    let name = match (&payment.page, payment.status) {
        (Some(_), Status::Open) => format!("<a href=\"/pages/{}\">{}</a>", payment.id, escaped(about)),
        _ => escaped(about),
    };
    let dispute = if payment.dispute.is_some() { ", disputed" } else { "" };
    let number = |amount| format!("<td class=\"number\">{}</td>", money(amount, payment));
    format!(
        "<tr><td>{name}</td><td>{}{dispute}</td>{}{}{}</tr>",
        state(payment.status),
        number(payment.amount),
        number(payment.captured),
        number(refunded)
    )
}

fn state(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Processing => "processing",
        Status::Authorized => "authorized",
        Status::Captured => "captured",
        Status::Stored => "stored",
        Status::Failed => "failed",
        Status::Voided => "voided",
        Status::Expired => "expired",
    }
}

fn money(amount: i64, payment: &Payment) -> String {
    let digits = usize::try_from(payment.digits).unwrap_or(0);
    let text = format!("{amount:0>width$}", width = digits + 1);
    let (whole, rest) = text.split_at(text.len() - digits);
    let point = if digits > 0 { "." } else { "" };
    escaped(&format!("{whole}{point}{rest} {}", payment.currency))
}

/// A page. Where it can lead to another address, its policy lets it.
fn html(status: StatusCode, page: Option<&Page>, title: &str, body: &str) -> Response {
    let wide = if title == "Payments" { " class=\"wide\"" } else { "" };
    let text = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title} – demo gateway</title>\
         <link rel=\"stylesheet\" href=\"/style.css\"></head><body><main{wide}>\
         <p class=\"note\">Demo gateway: no money moves, and no card is asked for.</p>\
         <div class=\"card\"><h1>{title}</h1>{body}</div></main></body></html>",
        title = escaped(title)
    );
    // A browser asks for the policy again when an answered form leads on: to the hotel.
    let hotel = page.map(|page| [&page.return_url, &page.cancel_url].map(|url| origin(url)).join(" ")).unwrap_or_default();
    let policy =
        format!("default-src 'none'; style-src 'self'; form-action 'self' {hotel}; base-uri 'none'; frame-ancestors 'none'");
    let headers: [(HeaderName, HeaderValue); 5] = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (status, headers, text).into_response()
}

fn origin(url: &str) -> String {
    url.parse::<reqwest::Url>().map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
        escaped
    })
}
