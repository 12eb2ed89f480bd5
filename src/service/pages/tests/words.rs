//! Tests of the texts of the pages.

use crate::service::pages::tests::*;

/// Returns the visible text of a page, one piece a line.
fn text(html: &str) -> String {
    let body = html.split("<main").nth(1).unwrap();
    let pieces = body.split('>').skip(1).map(|part| part.split('<').next().unwrap().trim());
    pieces.filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join("\n").replace("&#39;", "'")
}

#[test]
fn every_problem_has_a_title_and_advice() {
    let theme = theme();
    for (language, problem) in BOTH.into_iter().flat_map(|language| Problem::ALL.map(|one| (language, one))) {
        let context = PageContext::new(&theme, language);
        let (title, advice) = (context.words.problem)(problem);
        let html = error(context, problem).html();
        assert!(html.contains(&format!("<h1>{title}</h1>\n<p>{advice}</p>")), "{html}");
        assert!(html.contains(&format!("<title>Error: {title} – Acme Maintenance</title>")), "{html}");
    }
}

#[test]
fn the_consent_page_shows_the_application_and_its_scopes() {
    let theme = theme();
    let [english, spanish] = BOTH.map(|language| PageContext::new(&theme, language));
    insta::assert_snapshot!(text(&consent(english, &requested_scopes()).html()), @r"
    Field Service Planner asks for access to your Acme Maintenance account
    Description
    Plans the rounds of technicians and orders spare parts.
    Responsible
    Field Software Ltd
    Takes you back to
    planner.field.example
    Client ID
    apcc_live_7Hq2mZ0xPa4T
    Signed in as
    Técnica 1
    (
    tech1
    )
    Use another account
    It will be able to do this for you:
    Read the base's assets
    assets.read
    Already allowed
    Create and change work orders
    work_orders.write
    meters.read
    Untick what you do not want to allow.
    If you allow this, Field Service Planner can use these permissions until you revoke them under “Your applications”. If you deny it, it gets no access. Either way you go back to planner.field.example.
    Deny
    Allow
    ");
    insta::assert_snapshot!(text(&consent(spanish, &requested_scopes()).html()), @r"
    Field Service Planner solicita acceso a su cuenta de Acme Maintenance
    Descripción
    Plans the rounds of technicians and orders spare parts.
    Responsable
    Field Software Ltd
    Volverá a
    planner.field.example
    ID de cliente
    apcc_live_7Hq2mZ0xPa4T
    Ha iniciado sesión como
    Técnica 1
    (
    tech1
    )
    Usar otra cuenta
    Podrá hacer lo siguiente en su nombre:
    Read the base's assets
    assets.read
    Ya permitido
    Create and change work orders
    work_orders.write
    meters.read
    Desmarque lo que no quiera permitir.
    Si lo permite, Field Service Planner podrá usar estos permisos hasta que usted los revoque en «Sus aplicaciones». Si lo deniega, no obtendrá acceso. En ambos casos volverá a planner.field.example.
    Denegar
    Permitir
    ");
}

#[test]
fn the_account_page_shows_applications_scopes_and_times() {
    let theme = theme();
    let [english, spanish] = BOTH.map(|language| PageContext::new(&theme, language));
    insta::assert_snapshot!(text(&applications(english, &authorized_applications(), None).html()), @r"
    Signed in as
    Técnica 1
    (
    tech1
    )
    Sign out
    Your applications
    These applications may act for you at Acme Maintenance. An application that you revoke loses its access at once.
    Field Service Planner
    apcc_live_7Hq2mZ0xPa4T
    Permissions
    Read the base's assets
    assets.read
    Create and change work orders
    work_orders.write
    Allowed
    1 month ago
    (15 October 2026, 10:30 UTC)
    Last used
    2 hours ago
    (24 November 2026, 08:30 UTC)
    Revoke
    Field Service Planner
    Meter Desk
    apcc_live_Zx81kQw0Lm3N
    Permissions
    meters.read
    Allowed
    5 minutes ago
    (24 November 2026, 10:25 UTC)
    Last used
    Not yet
    Revoke
    Meter Desk
    Revoke all
    ");
    let list = authorized_applications();
    insta::assert_snapshot!(text(&applications(spanish, &list[1..], Some(Notice::AlreadyRevoked)).html()), @r"
    Ha iniciado sesión como
    Técnica 1
    (
    tech1
    )
    Cerrar sesión
    Sus aplicaciones
    Esa aplicación no tiene acceso. No se ha cambiado nada.
    Estas aplicaciones pueden actuar en su nombre en Acme Maintenance. Las que revoque perderán el acceso de inmediato.
    Meter Desk
    apcc_live_Zx81kQw0Lm3N
    Permisos
    meters.read
    Permitida
    hace 5 minutos
    (24 de noviembre de 2026, 10:25 UTC)
    Último uso
    Todavía ninguno
    Revocar
    Meter Desk
    ");
}

#[test]
fn an_error_page_advises_the_user_and_shows_the_reason() {
    let theme = theme();
    let [english, spanish] = BOTH.map(|language| PageContext::new(&theme, language));
    insta::assert_snapshot!(text(&error(english, Problem::WrongRedirectUri).html()), @r"
    We cannot take you back to this application
    For your safety we have stopped here: the address that the application named for your return is not registered. Report this to the developers of the application.
    For developers
    Reason
    redirect_uri is not registered
    Client ID
    apcc_live_7Hq2mZ0xPa4T
    Request
    req_4TnQ2xLm8Zb0
    If you ask for help, give this code to the administrator.
    ");
    insta::assert_snapshot!(text(&sign_in(spanish, Some(SignInProblem::Throttled { seconds: 90 })).html()), @r"
    Iniciar sesión
    para continuar en Field Service Planner
    Ha habido demasiados intentos. Vuelva a intentarlo dentro de 2 minutos.
    Usuario
    Contraseña
    Iniciar sesión
    ¿Ha olvidado su contraseña? Consulte al administrador de Acme Maintenance.
    ");
    let page = sign_in(english, Some(SignInProblem::Wrong));
    insta::assert_snapshot!(text(&SignInPage { application: None, ..page }.html()), @r"
    Sign in
    to see the applications that may act for you
    This username and password do not match. Check both and try again.
    Username
    Password
    Sign in
    Forgotten your password? Ask the administrator of Acme Maintenance.
    ");
}
