use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::dto::UserOut;
use crate::domains::authentication::model::User;
use crate::domains::authentication::repository;
use crate::idempotency::IdempotencyKey;
use crate::media::{self, Purpose, Received};
use crate::outbox::{self, Entity, Event};
use crate::security::{Forget, Forgetting, Me, Person, unauthenticated};
use uuid::Uuid;

/// Name of the fact that a picture changed: events do not tell which one it was or is, for it shows a person.
const KEY: &str = "avatar_key";

/// Gives a user a picture in place of the one that they had, whose files are removed, if it is another one.
pub async fn set_avatar(app: &App, me: &Me, key: &IdempotencyKey, received: Received) -> Result<Answer> {
    let picture = app.media.prepare(Uuid::now_v7(), received, Purpose::Avatar).await?;
    let known = me.person().avatar_key.clone();
    let is_same = match known.as_deref().and_then(|key| media::avatar_files(key).pop()) {
        Some(largest) => picture.is_stored_as(&app.objects, &largest).await?,
        None => false,
    };
    picture.store(&app.objects).await?;
    let (id, cause) = (me.user_id(), me.caller.cause(app.clock.now()));
    let forgetting = Forgetting::new([Forget::User(id)]);
    let mut before = None;
    let changed = app
        .change(key, async |conn| {
            let current = repository::lock_avatar(conn, id).await?;
            if is_same && current == known {
                let user = repository::find_active(conn, id).await?.ok_or_else(unauthenticated)?;
                return Answer::unchanged(user.version, &UserOut::from(Person::from(user)));
            }
            before = current;
            let user = repository::set_avatar(conn, id, &picture.key, Clock::real_now()).await?;
            let user = user.ok_or_else(unauthenticated)?;
            outbox::publish(conn, &cause, [Event::of("user.avatar_set", &user).withheld(KEY)]).await?;
            forgetting.record(conn).await?;
            Answer::ok(user.version, &UserOut::from(Person::from(user)))
        })
        .await;
    let answer = picture.kept_if_made(&app.objects, changed).await?;
    remove_files(app, before).await;
    app.security.forget(forgetting).await;
    Ok(answer)
}

/// Removes a user's picture, if they have one.
pub async fn delete_avatar(app: &App, me: &Me, key: &IdempotencyKey) -> Result<Answer> {
    let (id, cause) = (me.user_id(), me.caller.cause(app.clock.now()));
    let forgetting = Forgetting::new([Forget::User(id)]);
    let mut before = None;
    let answer = app
        .change(key, async |conn| {
            before = repository::lock_avatar(conn, id).await?;
            if repository::clear_avatar(conn, id, Clock::real_now()).await? > 0 {
                let event = Event::about::<User>("user.avatar_deleted", Entity::new(id)).withheld(KEY);
                outbox::publish(conn, &cause, [event]).await?;
            }
            forgetting.record(conn).await?;
            Ok(Answer::no_content())
        })
        .await?;
    remove_files(app, before).await;
    app.security.forget(forgetting).await;
    Ok(answer)
}

async fn remove_files(app: &App, key: Option<String>) {
    if let Some(key) = key {
        app.objects.remove(&media::avatar_files(&key)).await;
    }
}
