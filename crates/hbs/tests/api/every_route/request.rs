use super::World;
use crate::support::{Client, Reply};
use http::Method;
use serde_json::Value;
use std::pin::Pin;

type Make = dyn for<'w> Fn(&'w World) -> Pin<Box<dyn Future<Output = Call> + 'w>>;

/// A valid request for one operation, and what does not hold for the operation that holds for others.
pub struct Request {
    pub operation: &'static str,
    /// Exceptions of the operation, each with its reason.
    pub exceptions: Vec<(Exception, &'static str)>,
    make: Box<Make>,
}

impl Request {
    /// Makes a request: `make` makes in the world what the request is about, and says what to send.
    pub fn new(operation: &'static str, make: impl AsyncFn(&World) -> Call + Copy + 'static) -> Self {
        Self { operation, exceptions: Vec::new(), make: Box::new(move |world| Box::pin(async move { make(world).await })) }
    }

    #[must_use]
    pub fn but(mut self, exception: Exception, reason: &'static str) -> Self {
        self.exceptions.push((exception, reason));
        self
    }

    /// Returns the permissions that the request asks for beside the documented one.
    pub fn permissions_too(&self) -> impl Iterator<Item = &str> {
        self.exceptions.iter().filter_map(|(exception, _)| match exception {
            Exception::AsksToo(permission) => Some(*permission),
            _ => None,
        })
    }

    pub async fn make(&self, world: &World) -> Call {
        (self.make)(world).await
    }
}

/// Exception that an operation may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exception {
    /// The operation needs no sign-in.
    Public,
    /// The operation is a PUT, PATCH or DELETE of a thing without a version.
    NotVersioned,
    /// The operation is unsafe, and takes no Idempotency-Key.
    NotKeyed,
    /// The operation is public and unsafe, and takes an Idempotency-Key all the same.
    KeyedForAll,
    /// The operation is for whoever is signed in, integrations too. All others of that kind are for people.
    ForKeysToo,
    /// The operation is for whoever is signed in, guests with a mailed link to their booking too.
    ForLinksToo,
    /// The operation takes a permission and is for people all the same.
    ForPeopleOnly,
    /// The operation needs its permission for all properties. Elsewhere it is refused by 403.
    ForAllProperties,
    /// The operation is not reached at all by a permission at another property, but the answer is not 404.
    RefusedElsewhere(u16),
    /// The operation is about a thing that belongs to no property.
    OfNoProperty,
    /// The operation is about the caller's own things alone: the request has made them for `World::owner`.
    OfOwner,
    /// The operation needs this permission as well, because of the request's content.
    AsksToo(&'static str),
    /// The operation asks for this permission, which it does not document, if certain values stand in the request.
    MayAsk(&'static str),
    /// The operation is a PUT or PATCH that makes something anew each time, also of what there is already.
    MakesAnew,
    /// The operation is for one's own things by another request than this one.
    OwnOtherwise,
    /// The operation answers even the right person's request with this status here.
    AnswersWith(u16),
}

/// Reason why most public operations are public.
pub const TO_LOOK: &str = "guests look before they sign in";

/// A call of an operation.
#[derive(Default, Clone)]
pub struct Call {
    /// Ids in the place of each `{…}` of the path, in their order.
    ids: Vec<String>,
    query: String,
    body: Option<(&'static str, Vec<u8>)>,
}

impl Call {
    pub fn plain() -> Self {
        Self::default()
    }

    pub fn to(id: &str) -> Self {
        Self::plain().and(id)
    }

    /// Makes a call with the property in the query.
    pub fn about(property: &str) -> Self {
        Self::plain().query("property_id", property)
    }

    /// Adds the id for the next `{…}`.
    #[must_use]
    pub fn and(mut self, id: &str) -> Self {
        self.ids.push(id.into());
        self
    }

    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push(if self.query.is_empty() { '?' } else { '&' });
        self.query.push_str(&format!("{name}={value}"));
        self
    }

    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.file("application/json", body.to_string())
    }

    /// Returns the body, if it is JSON.
    pub fn body(&self) -> Option<Value> {
        self.body.as_ref().filter(|(kind, _)| *kind == "application/json").and_then(|(_, body)| serde_json::from_slice(body).ok())
    }

    #[must_use]
    pub fn file(mut self, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some((kind, body.into()));
        self
    }

    /// Adds a small PNG as the body.
    #[must_use]
    pub fn picture(self) -> Self {
        let mut file = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(40, 30).write_to(&mut file, image::ImageFormat::Png).expect("a picture");
        self.file("image/png", file.into_inner())
    }

    pub(super) async fn send(&self, client: &Client, method: Method, path: &str) -> Reply {
        let path = format!("{}{}", self.filled(path), self.query);
        match &self.body {
            Some((kind, body)) => client.upload(method, &path, kind, body).await,
            None => client.send(method, &path, None).await,
        }
    }

    fn filled(&self, path: &str) -> String {
        let mut parts = path.split('{');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        let mut ids = self.ids.iter();
        for part in parts {
            filled += ids.next().unwrap_or_else(|| panic!("too few ids for {path}"));
            filled += part.split_once('}').expect("a closing brace").1;
        }
        assert!(ids.next().is_none(), "too many ids for {path}");
        filled
    }
}
