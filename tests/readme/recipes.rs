//! Runs the recipes: the sessions in README.md, and the files in docs/recipes against a real service.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::support::process::{Service, basic, ok, run};
use crate::support::{App, tools};

use super::markdown::Document;
use super::session::{self, free_port, wait_a_moment};
use super::{BASE, are_private, environment, variable, verifies};

/// `CACHE_SECONDS` of the recipes for Python and Node, and the time in which a request that was on its way is answered.
const CACHE: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts the service, and waits until it answers.
const SERVE: &str = "apiconn serve --listen 127.0.0.1:8080 >serve.log 2>&1 &
curl -s --retry 10 --retry-connrefused -o ready http://127.0.0.1:8080/.well-known/oauth-authorization-server
";
/// Waits until the refusal of a request is stored, which is right after the response.
const STORED: &str =
    "for _ in 1 2 3 4 5 6 7 8 9; do [ -z \"$(apiconn refusal list -o id)\" ] || break; sleep 1; done
";

fn recipe(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recipes").join(name)
}

/// A program that listens on a port, ended when it is dropped.
pub struct Listening {
    child: Child,
    port: u16,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Listening {
    pub fn start(mut command: Command, port: u16) -> Self {
        let child = command.stdin(Stdio::null()).process_group(0).spawn().unwrap();
        let mut listening = Self { child, port };
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(listening.child.try_wait().unwrap().is_none(), "{command:?} ended");
            assert!(begin.elapsed() < PATIENCE, "{command:?} does not listen");
            wait_a_moment();
        }
        listening
    }

    /// Requests the assets with this credential; returns the status and the whole response.
    fn assets(&self, credential: Option<&str>) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let header = credential.map_or_else(String::new, |text| format!("Authorization: Bearer {text}\r\n"));
        let head = format!(
            "GET /assets HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Client-Id: forged\r\n{header}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        (text.split(' ').nth(1).unwrap_or_else(|| panic!("{text:?}")).parse().unwrap(), text)
    }

    #[track_caller]
    fn answers(&self, credential: Option<&str>, status: u16) -> String {
        let answer = self.assets(credential);
        assert_eq!(answer.0, status, "{credential:?}: {}", answer.1);
        answer.1
    }
}

/// A store and a service, with the clients that an API meets.
struct Setting {
    app: App,
    service: Service,
    gateway: (String, String),
    key: (String, String),
    narrow: (String, String),
    consumer: (String, String),
}

impl Setting {
    fn new() -> Self {
        let app = App::in_real_time();
        Self {
            gateway: app.key("gateway", "--scope apiconn:introspect"),
            key: app.key("erp-sync", "--scope assets.read"),
            narrow: app.key("narrow", "--scope work_orders.write"),
            consumer: app.consumer("inventory-bot", "--scope assets.read"),
            service: Service::start(&app.store()),
            app,
        }
    }

    fn token(&self, client: &(String, String)) -> String {
        self.service.token(client).json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Checks every kind of credential at an API.
    fn accepts_keys_and_tokens(&self, api: &Listening) {
        let token = self.token(&self.consumer);
        for (credential, client) in [(&self.key.1, &self.key.0), (&token, &self.consumer.0)] {
            let answer = api.answers(Some(credential), 200);
            assert!(answer.contains(client.as_str()) && !answer.contains("forged"), "{answer}");
        }
        assert!(api.answers(None, 401).to_lowercase().contains("www-authenticate: bearer"));
        let broken = format!("{}x", self.key.1);
        for refused in ["nonsense", &broken, &token[..20], &self.consumer.1] {
            api.answers(Some(refused), 401);
        }
        api.answers(Some(&self.narrow.1), 403);
        api.answers(Some(&self.token(&self.narrow)), 403);
    }

    /// Checks that a revocation takes effect, and after how long; the service takes it at once.
    fn obeys_revocation(&self, api: &Listening, at_most: Duration) {
        let token = self.token(&self.consumer);
        api.answers(Some(&token), 200);
        api.answers(Some(&self.key.1), 200);
        ok(&self.app.store(), &["consumer", "disable", "inventory-bot", "--yes"]);
        ok(&self.app.store(), &["key", "revoke", "erp-sync", "--yes"]);
        let begin = Instant::now();
        if at_most.is_zero() {
            api.answers(Some(&token), 401);
            api.answers(Some(&self.key.1), 401);
        }
        for credential in [&token, &self.key.1] {
            while api.assets(Some(credential)).0 == 200 {
                // The machine may be busy, but the cache is not renewed by being read.
                assert!(begin.elapsed() < at_most + PATIENCE, "still accepted");
                wait_a_moment();
            }
            api.answers(Some(credential), 401);
        }
    }

    /// Writes the file that the recipes read.
    fn credentials(&self) -> PathBuf {
        let path = self.app.folder().join("gateway.env");
        let (id, secret) = &self.gateway;
        fs::write(
            &path,
            format!("APICONN_CLIENT_ID={id}\nAPICONN_CLIENT_SECRET={secret}\nAPICONN_TOKEN_URL=x\n"),
        )
        .unwrap();
        path
    }

    fn api(&self, interpreter: &str, file: &str) -> Listening {
        let port = free_port();
        let mut command = Command::new(interpreter);
        command.arg(recipe(file)).arg(port.to_string());
        command.arg(format!("http://{}/oauth/introspect", self.service.address)).arg(self.credentials());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Listening::start(command, port)
    }
}

/// The cache is read from the recipe, so that the bound in the README is the bound in the file.
fn caches_for_two_seconds(file: &str) {
    let text = fs::read_to_string(recipe(file)).unwrap();
    assert!(text.contains(&format!("CACHE_SECONDS = {}", CACHE.as_secs())), "{file}");
}

#[test]
fn an_api_in_python_accepts_keys_and_tokens() {
    if !tools::installed(&["python3"]) {
        return;
    }
    caches_for_two_seconds("introspect.py");
    let setting = Setting::new();
    let api = setting.api("python3", "introspect.py");
    setting.accepts_keys_and_tokens(&api);
    setting.obeys_revocation(&api, CACHE);
}

#[test]
fn an_api_in_node_accepts_keys_and_tokens() {
    if !tools::installed(&["node"]) {
        return;
    }
    caches_for_two_seconds("introspect.mjs");
    let setting = Setting::new();
    let api = setting.api("node", "introspect.mjs");
    setting.accepts_keys_and_tokens(&api);
    setting.obeys_revocation(&api, CACHE);
}

#[test]
fn an_api_behind_nginx_accepts_keys_and_tokens() {
    const MODULE: &str = "/usr/lib/nginx/modules/ngx_http_js_module.so";
    // A package of its own brings the module. As `tools` finds programs only, test for the file of the module here.
    if !tools::installed(&["nginx"]) {
        return;
    }
    if !Path::new(MODULE).is_file() {
        assert!(environment("CI").is_none(), "not installed: {MODULE}");
        return tools::leave_out(MODULE);
    }
    let setting = Setting::new();
    let folder = setting.app.folder();
    let upstream = echo();
    let port = free_port();
    let site = fs::read_to_string(recipe("nginx.conf"))
        .unwrap()
        .replace("/etc/nginx/introspect.js", recipe("introspect.js").to_str().unwrap())
        .replace("/etc/nginx/introspect-credentials.conf", "credentials.conf")
        .replace("127.0.0.1:8080", &setting.service.address.to_string())
        .replace("127.0.0.1:8081", &format!("127.0.0.1:{port}"))
        .replace("127.0.0.1:8082", &format!("127.0.0.1:{upstream}"));
    fs::write(folder.join("site.conf"), site).unwrap();
    let line = format!("proxy_set_header Authorization \"{}\";\n", basic(&setting.gateway));
    fs::write(folder.join("credentials.conf"), line).unwrap();
    // Everything that nginx writes stays in the folder of the test.
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {name};\n"))
        .concat();
    let main = format!(
        "load_module {MODULE};\nworker_processes 1;\ndaemon off;\npid nginx.pid;\nerror_log error.log;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}include site.conf;\n}}\n"
    );
    fs::write(folder.join("nginx.conf"), main).unwrap();
    let mut command = Command::new("nginx");
    command.arg("-p").arg(folder).args(["-e", "error.log", "-c", "nginx.conf"]);
    let api = Listening::start(command, port);
    setting.accepts_keys_and_tokens(&api);
    setting.obeys_revocation(&api, Duration::ZERO);
}

/// An API that answers with the head of the request that reached it; returns its port.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            assert!(!head.to_ascii_lowercase().windows(13).any(|part| part == b"authorization"));
            let answer = format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n", head.len());
            stream.write_all(&[answer.as_bytes(), &head].concat()).unwrap();
        }
    });
    port
}

#[test]
fn the_credentials_for_nginx_are_made_as_shown() {
    if !tools::installed(&["script", "stty", "base64"]) {
        return;
    }
    let ran = session::run("README.md", "gateway", "/bin/sh", BASE);
    let folder = ran.folder.path();
    let [id, secret] =
        ["APICONN_CLIENT_ID", "APICONN_CLIENT_SECRET"].map(|name| variable(folder, "assets-api.env", name));
    let line = format!("proxy_set_header Authorization \"{}\";", basic(&(id, secret)));
    assert_eq!(fs::read_to_string(folder.join("introspect-credentials.conf")).unwrap().trim_end(), line);
    are_private(folder, &["assets-api.env", "introspect-credentials.conf"]);
}

#[test]
fn a_leaked_secret_is_found_and_ended() {
    if !tools::installed(&["script", "stty", "curl", "jq"]) {
        return;
    }
    let prepare = format!(
        "{BASE}apiconn -q key create erp-sync --scope assets.read -o env >key.env\n\
         . ./key.env\n\
         {SERVE}\
         printf 'user = \"%s:%s\"\\n' \"$APICONN_CLIENT_ID\" \"$APICONN_CLIENT_SECRET\" |\n\
         curl -sS -K - -o token.json -d grant_type=client_credentials http://127.0.0.1:8080/oauth/token\n"
    );
    let ran = session::run("README.md", "leaked", "/bin/sh", &prepare);
    let folder = ran.folder.path();
    are_private(folder, &["erp-sync-new.secret"]);
    verifies(folder, &fs::read_to_string(folder.join("found.txt")).unwrap(), 5);
    verifies(folder, &fs::read_to_string(folder.join("erp-sync-new.secret")).unwrap(), 0);
    verifies(folder, &fs::read_to_string(folder.join("second.txt")).unwrap(), 5);
    // The tokens that were obtained with the leaked secret have ended too.
    let active = ok(&folder.join("base.db"), &["token", "list", "--key", "erp-sync", "-o", "id"]);
    assert_eq!(active, "");
}

#[test]
fn provisioning_can_be_repeated() {
    if !tools::installed(&["script", "stty"]) {
        return;
    }
    let copy = format!("mkdir -p docs/recipes\ncp {} docs/recipes\n", recipe("provision.sh").display());
    let ran = session::run("README.md", "provision", "/bin/sh", &format!("umask 077\n{copy}"));
    let folder = ran.folder.path();
    are_private(folder, &["erp-sync.secret", "inventory-bot.secret"]);
    for name in ["erp-sync", "inventory-bot"] {
        verifies(folder, &fs::read_to_string(folder.join(format!("{name}.secret"))).unwrap(), 0);
    }
    // On a runner that starts with an empty folder, nothing is made again, and no secret is written.
    let runner = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_apiconn")).parent().unwrap();
    let before = ok(&folder.join("base.db"), &["audit", "head"]);
    let run = Command::new("/bin/sh")
        .arg(recipe("provision.sh"))
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", program.display()))
        .env("APICONN_STORE", folder.join("base.db"))
        .current_dir(runner.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    assert_eq!(fs::read_dir(runner.path()).unwrap().count(), 0);
    assert_eq!(ok(&folder.join("base.db"), &["audit", "head"]), before);
    assert_ne!(fs::metadata(recipe("provision.sh")).unwrap().permissions().mode() & 0o100, 0);
}

#[test]
fn a_rotation_has_no_gap() {
    if !tools::installed(&["script", "stty"]) {
        return;
    }
    let prepare = format!("{BASE}apiconn -q key create erp-sync --scope assets.read -o env >old.env\n");
    let ran = session::run("README.md", "rotate", "/bin/sh", &prepare);
    let folder = ran.folder.path();
    are_private(folder, &["old.env", "new.env"]);
    for file in ["old.env", "new.env"] {
        verifies(folder, &variable(folder, file, "APICONN_CLIENT_SECRET"), 0);
    }
}

#[test]
fn a_refusal_is_explained_and_fixed() {
    if !tools::installed(&["script", "stty", "curl", "jq"]) {
        return;
    }
    let prepare = format!(
        "{BASE}apiconn -q consumer add inventory-bot --grant client_credentials --scope assets.read -o env >bot.env\n\
         {SERVE}"
    );
    let ran = session::run_with("README.md", "refused", "/bin/sh", &prepare, STORED);
    let shown = run(&ran.folder.path().join("base.db"), &["consumer", "show", "inventory-bot", "-o", "json"]);
    assert!(String::from_utf8(shown.stdout).unwrap().contains("\"state\":\"active\""));
}

#[test]
fn the_recipes_can_follow_the_tour_word_for_word() {
    if !tools::installed(&["script", "stty", "curl", "jq", "base64"]) {
        return;
    }
    let readme = Document::read("README.md");
    let blocks = |name: &str| readme.blocks_of(&format!("sh {name}"));
    let mut script = String::from("set -e\n");
    script += &blocks("tour").concat();
    assert!(SERVE.starts_with(&blocks("serve").concat()));
    script += SERVE;
    for name in ["gateway", "leaked", "rotate"] {
        script += &blocks(name).concat();
    }
    script += &blocks("refused").join(STORED);
    script += "kill $!\n";
    let ran = session::run_text(&script, "/bin/sh");
    let folder = ran.folder.path();
    verifies(folder, &fs::read_to_string(folder.join("found.txt")).unwrap(), 5);
    verifies(folder, &variable(folder, "assets-api.env", "APICONN_CLIENT_SECRET"), 0);
    verifies(folder, &variable(folder, "bot.env", "APICONN_CLIENT_SECRET"), 0);
}
