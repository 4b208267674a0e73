"""A timestamp authority of our own on the loopback: openssl ts answers for it."""
import datetime
import http.server
import subprocess
import threading

CONFIG = """
[req]
distinguished_name = dn
[dn]
[as_ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
[as_tsa]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[as_web]
basicConstraints = CA:false
extendedKeyUsage = critical, serverAuth
[as_both]
basicConstraints = CA:false
extendedKeyUsage = critical, timeStamping, serverAuth
[as_slack]
basicConstraints = CA:false
extendedKeyUsage = timeStamping
[as_any]
basicConstraints = CA:false
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(*args, **kwargs):
    return subprocess.run(["openssl", *map(str, args)], capture_output=True, check=kwargs.pop("check", True), **kwargs)


CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def revoked_line(certificate, days, reason):
    """For Authority.list(): as openssl ca keeps it; days from now, less an hour; reason perhaps None."""
    now = datetime.datetime.now(datetime.timezone.utc)
    when, until = ((now + datetime.timedelta(**delta)).strftime("%y%m%d%H%M%SZ") for delta in ({"days": days, "hours": -1}, {"days": 30}))
    serial = openssl("x509", "-in", certificate, "-noout", "-serial").stdout.decode().strip().split("=")[1]
    return f"R\t{until}\t{when}{',' + reason if reason else ''}\t{serial}\tunknown\t/CN=Authority\n"


class Authority:
    """A root, or another issuer (certificate, key), and a certificate for timestamps under it."""

    def __init__(self, folder, name, days=30, issuer=None, extensions="as_tsa"):
        folder.mkdir()
        self.folder, self.config = folder, folder / "openssl.cnf"
        self.root, self.root_key, self.certificate_file = folder / "root.pem", folder / "root.key", folder / "tsa.pem"
        self.config.write_text(CONFIG.format(folder=folder), encoding="utf-8")
        (folder / "serial").write_text("01\n", encoding="utf-8")
        if issuer is not None:
            self.root, self.root_key = issuer
        else:
            openssl("req", "-x509", *CURVE, "-config", self.config, "-extensions", "as_ca", "-days", "3650", "-subj", f"/CN={name} root",
                    "-keyout", self.root_key, "-out", self.root)
        openssl("req", *CURVE, "-config", self.config, "-subj", f"/CN={name}", "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr")
        self.certificate(extensions, "tsa.pem", days)

    def certificate(self, extensions, name="other.pem", days=30):
        """Another one over the same key."""
        openssl("x509", "-req", "-in", self.folder / "tsa.csr", "-CA", self.root, "-CAkey", self.root_key, "-CAcreateserial", "-days", str(days),
                "-extfile", self.config, "-extensions", extensions, "-out", self.folder / name)
        return self.folder / name

    def answer(self, query, *more):
        (self.folder / "query").write_bytes(query)
        openssl("ts", "-reply", "-config", self.config, "-queryfile", self.folder / "query", "-signer", self.folder / "tsa.pem",
                "-inkey", self.folder / "tsa.key", "-out", self.folder / "reply", *more)
        return (self.folder / "reply").read_bytes()

    def list(self, revoked="", signer=None):
        """A revocation list of today (PEM), signed by the root of this authority or of `signer`; revoked: a line of openssl ca's database."""
        signer = signer or self
        index, config, made = (signer.folder / name for name in ("index", "ca.cnf", "made.crl"))
        index.write_text(revoked, encoding="utf-8")
        config.write_text(f"[ca]\ndefault_ca=c\n[c]\ndatabase={index}\ndefault_md=sha256\ndefault_crl_days=30\n", encoding="utf-8")
        openssl("ca", "-gencrl", "-config", config, "-cert", signer.root, "-keyfile", signer.root_key, "-out", made)
        return made.read_bytes()


def start(make, status=200):
    """A server that answers POSTs with what a function makes of the body."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = make(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                pass

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def url(server):
    return f"http://127.0.0.1:{server.server_address[1]}/"
