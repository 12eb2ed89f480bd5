//! The nginx configurations of docs/deployment.md for an issuer with a path.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
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
        // Everything that nginx writes stays in the folder of the test.
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {name};\n"))
            .concat();
        let main = format!(
            "worker_processes 1;\ndaemon off;\npid nginx.pid;\nerror_log error.log;\nevents {{}}\nhttp {{\naccess_log off;\n\
             {temporary}upstream apiconn {{ server {}; }}\nserver {{\nlisten 127.0.0.1:{port};\n{}}}\n}}\n",
            service.address, locations[0]
        );
        fs::write(folder.join("nginx.conf"), main).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-p").arg(&folder).args(["-e", "error.log", "-c", "nginx.conf"]);
        let _nginx = Listening::start(command, port);
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
