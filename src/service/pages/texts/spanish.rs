//! The texts of the pages in Spanish. They address the user as *usted*.

use crate::service::pages::texts::words::{Problem, RoundedDuration, UtcDateTime, Words};

/// The texts of the pages in Spanish.
pub(crate) const WORDS: Words = Words {
    tag: "es",
    error: "Error: ",
    test_environment: "Entorno de pruebas",
    cancel: "Cancelar",
    signed_in_as: "Ha iniciado sesión como",

    sign_in: "Iniciar sesión",
    sign_in_for: |application| format!("para continuar en {application}"),
    sign_in_for_account: "para ver las aplicaciones que pueden actuar en su nombre",
    username: "Usuario",
    password: "Contraseña",
    wrong_password: "El usuario y la contraseña no coinciden. Compruebe ambos e inténtelo de nuevo.",
    throttled: |wait| {
        format!("Ha habido demasiados intentos. Vuelva a intentarlo dentro de {}.", in_words(wait))
    },
    session_ended: "Su sesión ha terminado. Inicie sesión de nuevo para continuar.",
    password_help: |base| format!("¿Ha olvidado su contraseña? Consulte al administrador de {base}."),

    consent_title: "¿Permitir el acceso?",
    consent_heading: |application, base| format!("{application} solicita acceso a su cuenta de {base}"),
    client_id: "ID de cliente",
    return_host: "Volverá a",
    owner: "Responsable",
    about: "Descripción",
    other_account: "Usar otra cuenta",
    will_be_able: "Podrá hacer lo siguiente en su nombre:",
    untick: "Desmarque lo que no quiera permitir.",
    already_allowed: "Ya permitido",
    no_scopes: "No solicita ningún permiso aparte de saber quién es usted.",
    consent_note: |application, host| {
        format!(
            "Si lo permite, {application} podrá usar estos permisos hasta que usted los revoque en «Sus aplicaciones». Si lo deniega, no obtendrá acceso. En ambos casos volverá a {host}."
        )
    },
    deny: "Denegar",
    allow: "Permitir",

    applications: "Sus aplicaciones",
    applications_intro: |base| {
        format!(
            "Estas aplicaciones pueden actuar en su nombre en {base}. Las que revoque perderán el acceso de inmediato."
        )
    },
    no_applications: "Ninguna aplicación puede actuar en su nombre. Cuando permita una, la encontrará aquí.",
    may: "Permisos",
    authorized: "Permitida",
    last_used: "Último uso",
    never_used: "Todavía ninguno",
    revoke: "Revocar",
    revoke_all: "Revocar todas",
    sign_out: "Cerrar sesión",
    has_revoked: |application| format!("{application} ya no tiene acceso."),
    has_revoked_all: |count| match count {
        1 => "La aplicación ya no tiene acceso.".to_owned(),
        count => format!("Las {count} aplicaciones han perdido el acceso."),
    },
    already_revoked: "Esa aplicación no tiene acceso. No se ha cambiado nada.",

    revoke_heading: |application| format!("¿Revocar el acceso de {application}?"),
    revoke_text: |application| {
        format!(
            "{application} perderá el acceso de inmediato. Para volver a usarla, tendrá que permitirla de nuevo."
        )
    },
    revoke_all_heading: "¿Revocar el acceso de todas las aplicaciones?",
    revoke_all_text: |count| {
        match count {
        1 => "Una aplicación perderá el acceso de inmediato. Para volver a usarla, tendrá que permitirla de nuevo."
            .to_owned(),
        count => format!(
            "{count} aplicaciones perderán el acceso de inmediato. Para volver a usar una, tendrá que permitirla de nuevo."
        ),
    }
    },
    sign_out_heading: "¿Cerrar la sesión?",
    sign_out_text: "Las aplicaciones que ha permitido conservan su acceso.",

    developers: "Para desarrolladores",
    developers_text: "Las aplicaciones obtienen tokens mediante OAuth 2.0: con sus propias credenciales, o con un código de autorización y PKCE. Los metadatos contienen las direcciones del servicio y los permisos. No se ofrece OpenID Connect y no se emite ningún id_token.",
    metadata: "Metadatos",

    signed_out: "Ha cerrado la sesión",
    signed_out_text: "Si el ordenador es compartido, cierre también el navegador.",
    sign_in_again: "Iniciar sesión de nuevo",

    problem: |problem| match problem {
        Problem::UnknownApplication => (
            "No conocemos esta aplicación",
            "Vuelva a la aplicación y empiece de nuevo. Si el problema continúa, avise a sus responsables.",
        ),
        Problem::RefusedApplication => (
            "Esta aplicación no se puede usar ahora",
            "Desde aquí no puede hacer nada. Consulte a los responsables de la aplicación o a su administrador.",
        ),
        Problem::WrongRedirectUri => (
            "No podemos devolverle a esta aplicación",
            "Nos hemos detenido aquí por su seguridad: la dirección de retorno que indicó la aplicación no está registrada. Avise a sus responsables.",
        ),
        Problem::BadRequest => (
            "La solicitud de la aplicación no es válida",
            "Vuelva a la aplicación y empiece de nuevo. Si el problema continúa, avise a sus responsables.",
        ),
        Problem::StalePage => (
            "Esta página ha caducado",
            "Ha estado abierta demasiado tiempo o ya se había enviado. No se ha cambiado nada. Vuelva al punto de partida y empiece de nuevo.",
        ),
        Problem::NotFound => (
            "Esta página no existe",
            "Compruebe la dirección. Si ha seguido un enlace, puede que esté anticuado.",
        ),
        Problem::TooManyRequests => ("Demasiadas solicitudes", "Espere un minuto y vuelva a intentarlo."),
        Problem::TooManyChanges => (
            "Demasiadas decisiones",
            "Ha permitido, denegado o revocado el acceso de aplicaciones demasiadas veces en poco tiempo. No se ha cambiado nada. Todavía puede revocar accesos en «Sus aplicaciones».",
        ),
        Problem::TooManyCodes => (
            "Demasiadas solicitudes de la aplicación",
            "La aplicación ha solicitado su acceso demasiadas veces en poco tiempo. Su acceso no ha cambiado.",
        ),
        Problem::Unavailable => (
            "Ahora mismo no podemos responder",
            "No se ha cambiado nada. Vuelva a intentarlo dentro de un momento.",
        ),
    },
    try_again_in: |wait| format!("Vuelva a intentarlo dentro de {}.", in_words(wait)),
    for_developers: "Para desarrolladores",
    reason: "Motivo",
    request: "Solicitud",
    request_help: "Si pide ayuda, indique este código al administrador.",

    ago: |duration| format!("hace {}", in_words(duration)),
    just_now: "ahora mismo",
    date: |date| {
        let UtcDateTime { year, month, day, hour, minute } = date;
        let month = crate::service::pages::relative_time::month_name(&MONTHS, month);
        format!("{day} de {month} de {year}, {hour:02}:{minute:02} UTC")
    },
};

const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

fn in_words(duration: RoundedDuration) -> String {
    let (number, one, many) = match duration {
        RoundedDuration::Seconds(number) => (number, "segundo", "segundos"),
        RoundedDuration::Minutes(number) => (number, "minuto", "minutos"),
        RoundedDuration::Hours(number) => (number, "hora", "horas"),
        RoundedDuration::Days(number) => (number, "día", "días"),
        RoundedDuration::Months(number) => (number, "mes", "meses"),
        RoundedDuration::Years(number) => (number, "año", "años"),
    };
    format!("{number} {}", if number == 1 { one } else { many })
}
