use crate::authorization::{with_default_roles, with_role};
use crate::support::{Client, Reply, TestApp, eventually};
use diesel_async::SimpleAsyncConnection;
use http::Method;
use serde_json::json;
use std::time::Duration;

#[derive(Debug, Clone, Copy)]
enum Deed {
    TakeTheRole,
    Suspend,
    Delete,
}

impl Deed {
    const ALL: [Self; 3] = [Self::TakeTheRole, Self::Suspend, Self::Delete];

    /// Returns the path of the request, found out before both begin.
    async fn path(self, by: &Client, to: &Client) -> String {
        let user = format!("/v1/users/{}", to.user_id());
        match self {
            Self::TakeTheRole => {
                let path = format!("{user}/role-assignments");
                let roles = by.get(&path).await.expect(200).body;
                format!("{path}/{}", roles["items"][0]["id"].as_str().expect("an id"))
            }
            Self::Suspend => format!("{user}/suspend"),
            Self::Delete => user,
        }
    }

    async fn done(self, by: &Client, path: &str, etag: &str) -> Reply {
        match self {
            Self::TakeTheRole => by.send(Method::DELETE, path, None).await,
            Self::Suspend => by.post(path, &json!({"reason": "A quarrel"})).await,
            Self::Delete => by.delete(path, etag).await,
        }
    }
}

async fn active_administrators(app: &TestApp) -> i64 {
    app.number(
        "SELECT count(DISTINCT u.id) FROM users u JOIN role_assignments a ON a.user_id = u.id JOIN roles r ON r.id = a.role_id
         WHERE r.code = 'super_admin' AND a.property_id IS NULL AND u.status = 'active' AND NOT u.is_deleted",
    )
    .await
}

/// Exactly two, each of whom shuts the other out at the same moment, by any means: one of them stays.
#[tokio::test]
async fn one_of_two_super_administrators_stays_whatever_they_do_to_each_other() {
    let app = with_default_roles().await;
    for one_does in Deed::ALL {
        for other_does in Deed::ALL {
            app.sql("DELETE FROM role_assignments WHERE role_id = (SELECT id FROM roles WHERE code = 'super_admin')").await;
            let (one, other) = (with_role(&app, "super_admin", None).await, with_role(&app, "super_admin", None).await);
            assert_eq!(active_administrators(&app).await, 2);
            let (to_other, to_one) = (one_does.path(&one, &other).await, other_does.path(&other, &one).await);
            let etag = async |client: &Client| client.get("/v1/me").await.expect(200).header("etag").to_owned();
            let (etag_of_one, etag_of_other) = (etag(&one).await, etag(&other).await);
            // Both are on their way when the role by which they are counted becomes free.
            let mut holder = app.transaction("SELECT FROM roles WHERE code = 'super_admin' FOR NO KEY UPDATE").await;
            let release = async {
                eventually(Duration::from_secs(5), async || app.waiting_for_locks().await == 2).await;
                holder.batch_execute("ROLLBACK").await.expect("released");
            };
            let (first, second, ()) = futures_util::join!(
                one_does.done(&one, &to_other, &etag_of_other),
                other_does.done(&other, &to_one, &etag_of_one),
                release
            );
            let statuses = [first.status, second.status];
            let what = format!("{one_does:?} and {other_does:?}: {statuses:?} {} {}", first.body, second.body);
            assert_eq!(statuses.iter().filter(|status| (200..300).contains(*status)).count(), 1, "{what}");
            let refused = if first.status < 300 { &second } else { &first };
            assert_eq!((refused.status, refused.code()), (409, "authorization.last_super_admin"), "{what}");
            assert_eq!(active_administrators(&app).await, 1, "{what}");
        }
    }
}
