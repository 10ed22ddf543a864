//! Matrix of permissions, as a table that somebody has read: each operation of the OpenAPI document with each default
//! role. `every_route` proves that an operation asks for what it documents, so the table tells the truth.
//!
//! The table lies in `matrix.snap`. `INSTA_UPDATE=always cargo test -p hbs --test api matrix::` writes it anew; read
//! the difference line by line before you commit it: does it make sense for a hotel?
use crate::every_route::{Access, Exception, Operation, operations};
use hbs::config::Config;
use hbs::domains::authorization::{DEFAULT_ROLES, DefaultRole};
use hbs::security::permission::CATALOGUE;
use std::fmt::Write;

const LEGEND: &str = "\
Who may do what by default. Columns: guest = anybody signed in, then the default roles, then an API key.
  all    at every property where the role is held (for a guest: for everybody)
  own    what is one's own
  grant  if the key was made with the permission, there
  .      no
/metrics asks besides where the caller is, or for its token.
";

fn short(role: &DefaultRole) -> &'static str {
    match role.code {
        "super_admin" => "super",
        "property_manager" => "manager",
        "front_desk" => "desk",
        "housekeeping" => "cleaning",
        "head_housekeeper" => "head",
        "revenue_manager" => "revenue",
        "support_agent" => "support",
        "content_editor" => "content",
        other => other,
    }
}

fn cells(operation: &Operation) -> Vec<&'static str> {
    let guest = match operation.access {
        Access::Public => "all",
        Access::SignedIn | Access::OwnOr(_) => "own",
        Access::Staff(_) => ".",
    };
    let mut cells = vec![guest];
    cells.extend(DEFAULT_ROLES.iter().map(|role| match &operation.access {
        Access::OwnOr(permission) | Access::Staff(permission) if role.permission_names().contains(&permission.as_str()) => "all",
        _ => guest,
    }));
    cells.push(match &operation.access {
        Access::Public => "all",
        Access::SignedIn if operation.is(Exception::ForKeysToo) => "own",
        Access::OwnOr(_) | Access::Staff(_) if !operation.is(Exception::ForPeopleOnly) => "grant",
        _ => ".",
    });
    cells
}

fn row(table: &mut String, head: &str, cells: &[&str]) {
    let cells: String = cells.iter().map(|cell| format!(" {cell:<8}")).collect();
    writeln!(table, "{}", format!("{head:<76}{cells}").trim_end()).expect("text");
}

#[test]
fn who_may_do_what() {
    let mut operations = operations(&Config::defaults().expect("defaults"));
    operations.sort_by(|a, b| (&a.path, a.method.as_str()).cmp(&(&b.path, b.method.as_str())));
    let roles: Vec<&str> = DEFAULT_ROLES.iter().map(short).collect();
    let mut table = format!("{LEGEND}\n");
    row(&mut table, &format!("{:<55} asks for", "operation"), &[&["guest"], &roles[..], &["key"]].concat());
    for operation in &operations {
        let asks_for = match &operation.access {
            Access::Public => "-",
            Access::SignedIn => "signed in",
            Access::OwnOr(permission) | Access::Staff(permission) => permission.as_str(),
        };
        let address = format!("{:<6} {}", operation.method.as_str(), operation.path);
        row(&mut table, &format!("{address:<55} {asks_for}"), &cells(operation));
    }
    table.push('\n');
    row(&mut table, "permission", &[&[""], &roles[..]].concat());
    for entry in CATALOGUE {
        let holds = DEFAULT_ROLES.iter().map(|role| if role.permission_names().contains(&entry.name) { "all" } else { "." });
        row(&mut table, entry.name, &std::iter::once("").chain(holds).collect::<Vec<_>>());
    }
    insta::with_settings!({snapshot_path => ".", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("matrix", table);
    });
}

/// Givers of roles must hold what is in them, or could not hire: the manager of a hotel hires its staff.
#[test]
fn a_manager_holds_what_those_hold_whom_a_manager_hires() {
    let held = |code: &str| DEFAULT_ROLES.iter().find(|role| role.code == code).expect(code).permission_names();
    let manager = held("property_manager");
    for role in DEFAULT_ROLES.iter().filter(|role| role.code != "super_admin") {
        for permission in held(role.code) {
            assert!(manager.contains(&permission), "{} holds {permission}, a manager does not", role.code);
        }
    }
}
