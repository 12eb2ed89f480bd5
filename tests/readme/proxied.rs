//! nginx in front of the service: an issuer with a path, as in docs/deployment.md, and a Unix socket.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::markdown::Document;
use super::recipes::Listening;
use super::session::free_port;
use crate::support::process::{Service, basic, ok};
use crate::support::{App, tools};

/// Sends a request to nginx; returns the status and the whole response.
fn send(port: u16, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: auth.example\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    (text.split(' ').nth(1).unwrap_or_else(|| panic!("{text:?}")).parse().unwrap(), text)
}

/// Starts nginx on a port, in a folder that then has everything that it writes. `main` are more directives at the top.
fn start_nginx(folder: &Path, port: u16, main: &str, upstream: &str, locations: &str) -> Listening {
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {name};\n"))
        .concat();
    let text = format!(
        "{main}worker_processes 1;\ndaemon off;\npid nginx.pid;\nerror_log error.log;\nevents {{}}\nhttp {{\naccess_log off;\n\
         {temporary}upstream apiconn {{ server {upstream}; }}\nserver {{\nlisten 127.0.0.1:{port};\n{locations}}}\n}}\n",
    );
    fs::write(folder.join("nginx.conf"), text).unwrap();
    let mut command = Command::new("nginx");
    command.arg("-p").arg(folder).args(["-e", "error.log", "-c", "nginx.conf"]);
    Listening::start(command, port)
}

#[test]
fn nginx_is_recognised_on_a_unix_socket_by_its_user() {
    if !tools::installed(&["nginx"]) {
        return;
    }
    if !rustix::process::geteuid().is_root() {
        tools::leave_out("permission to run nginx as another user");
        return;
    }
    let app = App::in_real_time();
    ok(&app.store(), &["settings", "set", "issuer", "https://auth.example"]);
    let key = app.key("k", "--scope assets.read");
    // Other users reach the socket, and no other file of the folder.
    fs::set_permissions(app.folder(), fs::Permissions::from_mode(0o711)).unwrap();
    let nginx = app.folder().join("nginx");
    fs::create_dir(&nginx).unwrap();
    let socket = format!("unix:{}", app.folder().join("http.sock").display());
    let port = free_port();
    let location = "location / {\nproxy_pass http://apiconn;\nproxy_set_header Host auth.example;\n\
                    proxy_set_header X-Forwarded-For $remote_addr;\n}\n";
    let _nginx = start_nginx(&nginx, port, "user www-data;\n", &socket, location);
    for (user, addresses) in [("uid:www-data", 1), ("uid:root", 0)] {
        let words = ["--listen", &socket, "--socket-group", "www-data", "--behind-proxy", user];
        let service = Service::start_with(&app.store(), &words);
        let wrong = basic(&(key.0.clone(), format!("{}xxxx", &key.1[..57])));
        let headers =
            format!("Authorization: {wrong}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
        let (status, answer) = send(port, "POST", "/oauth/token", &headers, "grant_type=client_credentials");
        assert_eq!(status, 401, "{user}: {answer}");
        let counted = app.number("SELECT count(*) FROM throttles WHERE kind = 'client_secret_from'");
        assert_eq!(counted, addresses, "{user}");
        app.sql("DELETE FROM throttles");
        assert!(service.stop());
    }
}

#[test]
fn nginx_may_pass_on_the_path_of_the_issuer_or_take_it_off() {
    if !tools::installed(&["nginx"]) {
        return;
    }
    let app = App::in_real_time();
    ok(&app.store(), &["settings", "set", "issuer", "https://auth.example/base1"]);
    let key = app.key("k", "--scope assets.read");
    let service = Service::start_with(&app.store(), &["--behind-proxy", "127.0.0.1"]);
    let document = Document::read("docs/deployment.md");
    for fence in ["nginx path-passed-on", "nginx path-taken-off"] {
        let locations = document.blocks_of(fence);
        assert_eq!(locations.len(), 1, "{fence}");
        let folder = app.folder().join(fence.replace(' ', "-"));
        fs::create_dir(&folder).unwrap();
        let port = free_port();
        let _nginx = start_nginx(&folder, port, "", &service.address.to_string(), &locations[0]);
        let (status, page) = send(port, "GET", "/base1/login", "", "");
        assert!(status == 200 && page.contains("action=\"/base1/login\""), "{fence}: {page}");
        let (_, sheet) = page.split_once("rel=\"stylesheet\" href=\"").unwrap();
        let sheet = sheet.split('"').next().unwrap();
        assert!(sheet.starts_with("/base1/assets/"), "{fence}: {sheet}");
        assert_eq!(send(port, "GET", sheet, "", "").0, 200, "{fence}");
        let (_, redirect) = send(port, "GET", "/base1/account/applications", "", "");
        assert!(
            redirect.to_ascii_lowercase().contains("\r\nlocation: /base1/login\r\n"),
            "{fence}: {redirect}"
        );
        let headers =
            format!("Authorization: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n", basic(&key));
        let (status, token) =
            send(port, "POST", "/base1/oauth/token", &headers, "grant_type=client_credentials");
        assert!(status == 200 && token.contains("\"access_token\""), "{fence}: {token}");
        let metadata = send(port, "GET", "/.well-known/oauth-authorization-server/base1", "", "");
        assert!(
            metadata.0 == 200 && metadata.1.contains("\"issuer\":\"https://auth.example/base1\""),
            "{fence}: {}",
            metadata.1
        );
    }
}
