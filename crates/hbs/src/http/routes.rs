//! Routes of handlers, with their parts of the API document.
use crate::app::App;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// Handler of any type.
///
/// What axum builds around a handler it builds anew for each type of handler, and each time the compiler proves again that all
/// which the handler awaits can go to another thread. Around this one it is built once.
#[derive(Clone)]
pub struct AnyHandler(Arc<dyn Fn(Request, App) -> BoxFuture<'static, Response> + Send + Sync>);

impl AnyHandler {
    pub fn new<T: 'static, H: Handler<T, App> + Sync>(handler: H) -> Self {
        Self(Arc::new(move |request, app| Box::pin(handler.clone().call(request, app))))
    }
}

impl Handler<(), App> for AnyHandler {
    type Future = BoxFuture<'static, Response>;

    fn call(self, request: Request, app: App) -> Self::Future {
        (self.0)(request, app)
    }
}

/// Routes of handlers that share an address, as `utoipa_axum::routes!` makes them, each as an [`AnyHandler`].
macro_rules! routes {
    ($($handler:path),+ $(,)?) => {{
        let mut paths = utoipa::openapi::path::Paths::new();
        let mut schemas = Vec::<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>::new();
        let mut router = axum::routing::MethodRouter::new();
        $(
            let (path, item, methods) = utoipa_axum::routes!(@resolve_types $handler : schemas);
            for method in &methods {
                let filter = utoipa_axum::PathItemExt::to_method_filter(method);
                router = router.on(filter, $crate::http::routes::AnyHandler::new($handler));
            }
            paths.add_path_operation(&path, methods, item);
        )+
        (schemas, paths, router)
    }};
}

pub(crate) use routes;
