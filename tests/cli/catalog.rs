//! Declared scopes and permission groups.

use crate::support::App;

/// Returns the effective scope of a key or consumer.
fn scope(app: &App, words: &str) -> String {
    let document = app.run(&format!("{words} --json")).ok().json();
    document[words.split(' ').next().unwrap()]["scope"].as_str().unwrap().to_owned()
}

#[test]
fn any_scope_is_accepted_until_one_is_declared() {
    let app = App::empty();
    app.run("init --base B").ok();
    app.key("early", "--scope free.form");
    app.run("scope add assets.read Read").ok();
    assert_eq!(
        app.run("key create late --scope free.form").exits(3).err,
        "error: the scope \"free.form\" is not declared\nhint: to declare it: apiconn scope add SCOPE DESCRIPTION; to list the declared ones: apiconn scope list\n"
    );
    // A scope granted earlier stays, and can be removed.
    assert_eq!(scope(&app, "key show early"), "free.form");
    app.run("key edit early --add-scope assets.read --remove-scope free.form").ok();
    assert_eq!(scope(&app, "key show early"), "assets.read");
}

#[test]
fn introspection_scope_exists_without_declaration() {
    let app = App::empty();
    app.run("init --base B").ok();
    app.key("rs", "--scope apiconn:introspect");
    app.run("key create k --scope apiconn:other").exits(3);
    app.run("scope add assets.read Read").ok();
    app.key("rs2", "--scope apiconn:introspect --scope assets.read");
    assert_eq!(
        app.run("key create rs3 --scope apiconn:introspct").exits(3).err,
        "error: the scope \"apiconn:introspct\" is not declared\nhint: did you mean apiconn:introspect?\n"
    );
    assert_eq!(
        app.run("scope add apiconn:introspect x").exits(2).err,
        "error: scopes that begin with apiconn: belong to the program and need no declaration\nhint: for its arguments and examples: apiconn scope add --help\n"
    );
}

#[test]
fn consumers_cannot_have_the_introspection_scope() {
    let app = App::new();
    app.run("group add gateways --scope apiconn:introspect").ok();
    app.run("group add readers --scope assets.read").ok();
    app.key("gateway", "--group readers");
    app.consumer("bot", "--scope assets.read --group readers");
    app.consumer("gone", "--scope assets.read --group readers");
    app.run("consumer revoke gone --yes").ok();
    let before = app.run("consumer show bot -o json").ok().out;
    let add = "consumer add third --grant client_credentials";
    for command in [
        &format!("{add} --scope apiconn:introspect"),
        &format!("{add} --scope assets.read --scope apiconn:introspect"),
        &format!("{add} --group gateways"),
        "consumer add spa --public --grant authorization_code --redirect-uri https://f.example/cb --scope apiconn:introspect",
        "consumer add bot --grant client_credentials --scope apiconn:introspect --if-missing --secret-file s",
        "consumer edit bot --add-scope apiconn:introspect",
        "consumer edit bot --group gateways",
        "group edit readers --add-scope apiconn:introspect",
    ] {
        let run = app.run(command).exits(5);
        assert!(run.err.contains("apiconn:introspect"), "{command}: {}", run.err);
    }
    assert_eq!(
        app.run("consumer edit bot --group gateways").exits(5).err,
        "error: a consumer cannot have apiconn:introspect, which the group \"gateways\" has: it belongs to a third party, and would see the tokens of every client\n\
         hint: give the API that introspects a key of its own: apiconn key create NAME --scope apiconn:introspect\n\
         hint: a consumer introspects its own tokens without a scope\n"
    );
    assert_eq!(
        app.run("group edit readers --add-scope apiconn:introspect").exits(5).err,
        "error: the group \"readers\" cannot have apiconn:introspect: only keys can, and the group has 1 consumer\n\
         hint: to list the consumers: apiconn consumer list --group readers\n"
    );
    assert_eq!(app.run("consumer show bot -o json").ok().out, before);
    assert_eq!(app.run("consumer list -o id --state all").ok().out.lines().count(), 2);
    // Keys alone are in this group, so it can have the scope; and a consumer that has it can lose it.
    app.run("consumer edit bot --no-group").ok();
    app.run("group edit readers --add-scope apiconn:introspect").ok();
    app.sql("UPDATE clients SET scope = 'apiconn:introspect assets.read' WHERE name = 'bot'");
    app.run("consumer edit bot --owner tech1").ok();
    app.run("consumer edit bot --remove-scope apiconn:introspect").ok();
}

#[test]
fn no_hint_names_a_scope_that_a_consumer_cannot_have() {
    let app = App::new();
    app.run("scope add a;b Semicolon").ok();
    app.user("tech1");
    app.code_client("field", "https://field.example/cb", "--scope assets.read");
    for scopes in ["--scope apiconn:introspect", "--scope a;b --scope apiconn:introspect"] {
        let run = app.run(&format!("grant add tech1 field {scopes}")).exits(5);
        assert!(
            run.err.ends_with("\nhint: leave apiconn:introspect out: no consumer can have it\n"),
            "{scopes}: {}",
            run.err
        );
    }
    assert_eq!(
        app.run("grant add tech1 field --scope a;b --scope work_orders.write").exits(5).err,
        "error: consumer \"field\" does not have a;b work_orders.write\nhint: to give the scopes to the consumer first: apiconn consumer edit field --add-scope 'a;b' --add-scope work_orders.write\n"
    );
    app.key("gateway", "--scope assets.read");
    for command in [
        "consumer edit field --add-scope",
        "consumer add bot --grant client_credentials --scope",
        "grant add tech1 field --scope",
    ] {
        let run = app.run(&format!("{command} apiconn:introspec")).exits(3);
        assert!(!run.err.contains("did you mean"), "{command}: {}", run.err);
    }
    let run = app.run("key edit gateway --add-scope apiconn:introspec").exits(3);
    assert!(run.err.ends_with("\nhint: did you mean apiconn:introspect?\n"), "{}", run.err);
}

#[test]
fn a_scope_is_declared_once() {
    let app = App::new();
    let again = app.run("scope add assets.read \"Read the base's assets\" --json").ok();
    assert_eq!(again.json()["changed"], false);
    assert_eq!(again.err, "scope assets.read is already declared.\n");
    assert_eq!(
        app.run("scope add assets.read Otherwise").exits(4).err,
        "error: the name \"assets.read\" is taken by the declared scope \"Read the base's assets\"\nhint: to change its description: apiconn scope edit assets.read DESCRIPTION\n"
    );
    app.run("scope edit assets.read Otherwise").ok();
    assert_eq!(
        app.run("scope list --fields scope,description").ok().out,
        "assets.read\tOtherwise\nwork_orders.write\tCreate and change work orders\n"
    );
}

#[test]
fn scope_in_use_is_not_removed() {
    let app = App::new();
    app.key("k", "--scope assets.read");
    app.run("group add g --scope assets.read").ok();
    let before = app.rows();
    assert_eq!(
        app.run("scope remove assets.read --yes").exits(4).err,
        "error: scope \"assets.read\" is in use by 1 key, 1 group\nhint: to list what uses it: apiconn key list --scope assets.read; apiconn group list\n"
    );
    assert_eq!(app.rows(), before);
    app.run("key revoke k --yes").ok();
    app.run("group remove g --yes").ok();
    app.run("scope remove assets.read --yes").ok();
    assert_eq!(app.run("scope list -o id").ok().out, "work_orders.write\n");
}

#[test]
fn change_of_a_group_applies_to_all_its_members() {
    let app = App::new();
    app.run("group add g --scope assets.read --scope work_orders.write").ok();
    let (_, secret) = app.key("k", "--group g");
    app.consumer("c", "--group g --scope assets.read");
    assert_eq!(scope(&app, "key show k"), "assets.read work_orders.write");
    let run = app.run("group edit g --remove-scope work_orders.write").ok();
    assert_eq!(run.err, "group g: changed for its 2 members, from the next request.\n");
    assert_eq!(scope(&app, "key show k"), "assets.read");
    let verified = app.call("key verify - --json").stdin(&secret).run().ok().json();
    assert_eq!(verified["verified"]["scope"], "assets.read");
    app.run("group edit g --remove-scope assets.read --add-scope work_orders.write").ok();
    assert_eq!(scope(&app, "key show k"), "work_orders.write");
    assert_eq!(scope(&app, "consumer show c"), "assets.read work_orders.write");
    app.run("key edit k --no-group --add-scope assets.read").ok();
    assert_eq!(scope(&app, "key show k"), "assets.read");
}

#[test]
fn group_scope_cannot_be_removed_from_one_member() {
    let app = App::new();
    app.run("group add g --scope assets.read").ok();
    app.key("k", "--group g --scope work_orders.write");
    assert_eq!(
        app.run("key edit k --remove-scope assets.read").exits(5).err,
        "error: assets.read comes from the group g; edit the group, or remove the group\nhint: to see what is stored: apiconn key show k\n"
    );
    app.run("key edit k --remove-scope work_orders.write").ok();
    assert_eq!(scope(&app, "key show k"), "assets.read");
}

#[test]
fn group_in_use_is_not_removed() {
    let app = App::new();
    app.run("group add g --scope assets.read").ok();
    app.key("k", "--group g");
    let before = app.rows();
    assert_eq!(
        app.run("group remove g --yes").exits(4).err,
        "error: group \"g\" is in use by 1 key\nhint: to list what uses it: apiconn key list --group g\n"
    );
    assert_eq!(
        app.run("group add g --scope work_orders.write").exits(4).err,
        "error: the name \"g\" is taken by the group with assets.read\nhint: to change it: apiconn group edit g\n"
    );
    assert_eq!(app.rows(), before);
    assert_eq!(app.run("group add g --scope assets.read --json").ok().json()["changed"], false);
    app.run("key revoke k --yes").ok();
    app.run("group remove g --yes").ok();
    app.run("key show k").ok();
}
