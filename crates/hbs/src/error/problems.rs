//! Failures that any operation may have.
use super::{Member, Problem};
use utoipa::schema;

pub const MALFORMED: Problem = Problem {
    code: "request.malformed",
    status: 400,
    title: "Malformed request",
    about: "The request could not be read: the body is not JSON, or the address or a header is broken.",
    members: &[],
};
pub const INVALID: Problem = Problem {
    code: "request.invalid",
    status: 422,
    title: "Invalid input",
    about: "The request could be read, but values in it are missing, of the wrong type or not allowed. `errors` lists each with a JSON pointer.",
    members: &[],
};
pub const UNAUTHENTICATED: Problem = Problem {
    code: "auth.unauthenticated",
    status: 401,
    title: "Not signed in",
    about: "The operation needs an access token that is valid: sign in with POST /v1/auth/login and send it as `Authorization: Bearer …`.",
    members: &[],
};
pub const FORBIDDEN: Problem = Problem {
    code: "auth.forbidden",
    status: 403,
    title: "Missing permission",
    about: "You are signed in, but no role of yours holds the permission that this operation needs. `permission` names it.",
    members: &[Member::value("permission", "Permission that the operation needs.", || schema!(String).into())],
};
pub const SECOND_FACTOR_REQUIRED: Problem = Problem {
    code: "auth.second_factor_required",
    status: 403,
    title: "Second factor needed",
    about: "A role grants `permission` only in sessions that showed a second factor. Set one up, or sign in again with it.",
    members: &[Member::value("permission", "Permission that the operation needs.", || schema!(String).into())],
};
pub const PERSON_REQUIRED: Problem = Problem {
    code: "auth.person_required",
    status: 403,
    title: "For people only",
    about: "An API key acts for an integration. It has no profile, no sessions and no password, and makes no keys.",
    members: &[],
};
pub const NOT_FOUND: Problem = Problem {
    code: "request.not_found",
    status: 404,
    title: "Not found",
    about: "There is nothing at this address, or it is not yours to see. The answer does not say which.",
    members: &[],
};
pub const METHOD_NOT_ALLOWED: Problem = Problem {
    code: "request.method_not_allowed",
    status: 405,
    title: "Method not allowed",
    about: "The address exists, but not with this method. `Allow` lists the methods that it has.",
    members: &[],
};
pub const TIMEOUT: Problem = Problem {
    code: "request.timeout",
    status: 503,
    title: "Timed out",
    about: "The request took longer than the server allows and was given up. Unsafe requests can be repeated with the same Idempotency-Key.",
    members: &[],
};
pub const TOO_LARGE: Problem = Problem {
    code: "request.too_large",
    status: 413,
    title: "Body too large",
    about: "The body is larger than the server accepts.",
    members: &[],
};
pub const UNSUPPORTED_MEDIA_TYPE: Problem = Problem {
    code: "request.unsupported_media_type",
    status: 415,
    title: "Unsupported media type",
    about: "The body must be JSON, sent with `Content-Type: application/json`; where a picture is expected, the picture itself, with its own type.",
    members: &[],
};
pub const PRECONDITION_REQUIRED: Problem = Problem {
    code: "request.precondition_required",
    status: 428,
    title: "If-Match required",
    about: "This change needs the version that you saw: send its `ETag` as `If-Match`, so that no other change is overwritten unseen.",
    members: &[],
};
pub const PRECONDITION_FAILED: Problem = Problem {
    code: "request.precondition_failed",
    status: 412,
    title: "Changed in the meantime",
    about: "The version in `If-Match` is no longer the current one. Read it again and decide anew.",
    members: &[],
};
pub const KEY_REUSED: Problem = Problem {
    code: "idempotency.key_reused",
    status: 409,
    title: "Idempotency-Key used for something else",
    about: "This key was sent before with another body. Use a new key for each new intention.",
    members: &[],
};
pub const ERASED: Problem = Problem {
    code: "privacy.erased",
    status: 409,
    title: "The person was erased",
    about: "The person whom the request is about was erased, perhaps while it was under way. Nothing of them is written again.",
    members: &[],
};
pub const RATE_LIMITED: Problem = Problem {
    code: "request.rate_limited",
    status: 429,
    title: "Too many requests",
    about: "The budget that `budget` names is spent: `RateLimit-Policy` gives its size, `Retry-After` the time to try again.",
    members: &[Member::value("budget", "Budget that is spent.", || schema!(String).into())],
};
pub const UNAVAILABLE: Problem = Problem {
    code: "server.unavailable",
    status: 503,
    title: "Service unavailable",
    about: "A store that the operation needs is not available at the moment. `Retry-After` says when to try again.",
    members: &[],
};
pub const QUARANTINED: Problem = Problem {
    code: "backups.quarantined",
    status: 503,
    title: "In quarantine",
    about: "HBS was restored from a backup and is looked over: it can be read and changes nothing, pays nothing and sends nothing until its operator resumes it. `Retry-After` says when to try again.",
    members: &[],
};
pub const BUSY: Problem = Problem {
    code: "server.busy",
    status: 503,
    title: "Busy",
    about: "Work that takes long, such as checking passwords and importing files, is done for a few at once, and it was not your turn within seconds. Nothing was done; `Retry-After` says when to try again.",
    members: &[],
};
pub const INTERNAL: Problem = Problem {
    code: "server.internal",
    status: 500,
    title: "Internal error",
    about: "A fault of the server. It is in its log under the `request_id` of the answer.",
    members: &[],
};

pub const ALL: &[&Problem] = &[
    &MALFORMED,
    &INVALID,
    &UNAUTHENTICATED,
    &FORBIDDEN,
    &SECOND_FACTOR_REQUIRED,
    &PERSON_REQUIRED,
    &NOT_FOUND,
    &METHOD_NOT_ALLOWED,
    &TIMEOUT,
    &TOO_LARGE,
    &UNSUPPORTED_MEDIA_TYPE,
    &PRECONDITION_REQUIRED,
    &PRECONDITION_FAILED,
    &KEY_REUSED,
    &ERASED,
    &RATE_LIMITED,
    &UNAVAILABLE,
    &QUARANTINED,
    &BUSY,
    &INTERNAL,
];
