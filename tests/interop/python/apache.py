"""Shared by the scripts with Apache: one server with one configuration, and a TLS proxy in front of the service."""

import contextlib
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from support import ISSUER

MODULES = pathlib.Path("/usr/lib/apache2/modules")
NEEDED = ["mpm_event", "authn_core", "authz_core", "authz_user", "rewrite"]


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status(url, token=None):
    """Returns the status of a GET request."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.status


def recipe(name):
    """Returns the text of a recipe."""
    return (pathlib.Path(__file__).parents[3] / "docs" / "recipes" / name).read_text()


@contextlib.contextmanager
def apache(name, module, configuration, key, issuer=ISSUER):
    """Runs Apache with one more module on a free port. Yields its URL. The folder `name` gets its files."""
    folder = pathlib.Path(os.environ["FOLDER"]) / name
    (folder / "files").mkdir(parents=True)
    # Apache reads its files as another user.
    for path in [folder, *folder.parents][:3]:
        path.chmod(0o755)
    for page in ["assets", "work_orders"]:
        (folder / "files" / page).write_text("ok\n")
    port = _free_port()
    lines = [f"LoadModule {one}_module {MODULES}/mod_{one}.so" for one in NEEDED]
    lines += [
        f"LoadModule {module}_module {MODULES}/mod_{module}.so",
        f"ServerRoot {folder}",
        f"ServerName 127.0.0.1:{port}",
        f"Listen 127.0.0.1:{port}",
        f"PidFile {folder}/pid",
        f"DefaultRuntimeDir {folder}",
        f"Mutex file:{folder}",
        f"ErrorLog {folder}/error.log",
        f"DocumentRoot {folder}/files",
        "User www-data",
        "Group www-data",
        configuration,
    ]
    (folder / "httpd.conf").write_text("\n".join(lines) + "\n")
    environment = {**os.environ, "ISSUER": issuer, "CLIENT_ID": key[0], "CLIENT_SECRET": key[1]}
    server = subprocess.Popen(["/usr/sbin/apache2", "-X", "-f", folder / "httpd.conf"], env=environment)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            if server.poll() is not None:
                break
            time.sleep(0.1)
        else:
            server.terminate()
        if server.poll() is not None:
            raise AssertionError("Apache did not start: " + (folder / "error.log").read_text())
        yield f"http://127.0.0.1:{port}"
    except AssertionError:
        print((folder / "error.log").read_text(), file=sys.stderr)
        raise
    finally:
        server.terminate()
        server.wait(10)


def _copy(source, target):
    with contextlib.suppress(OSError):
        while block := source.recv(65536):
            target.sendall(block)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def tls_proxy():
    """Starts a proxy that ends TLS in front of the service. Returns its URL and the file of its certificate."""
    folder = pathlib.Path(os.environ["FOLDER"])
    key, certificate = folder / "tls.key", folder / "tls.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
        + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    certificate.chmod(0o644)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    service = ("127.0.0.1", int(ISSUER.rsplit(":", 1)[1]))

    def relay(raw):
        with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True) as outer:
            with socket.create_connection(service) as inner:
                threading.Thread(target=_copy, args=(outer, inner), daemon=True).start()
                _copy(inner, outer)

    def accept():
        while True:
            raw, _ = listener.accept()
            threading.Thread(target=relay, args=(raw,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return f"https://127.0.0.1:{listener.getsockname()[1]}", certificate
