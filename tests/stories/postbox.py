"""postbox.py - a real IMAP server (Dovecot) for one story: its own configuration and folders, on the loopback only."""
import grp
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time

PROGRAM = shutil.which("dovecot") or ("/usr/sbin/dovecot" if os.path.exists("/usr/sbin/dovecot") else None)

# Dovecot lets nobody be root, neither whose mail it is nor who signs in, so all of it runs as nobody; with the right to read through folders, for roots
# that only root may enter (a container's own), as the database of tests/postgres/server.sh does.
AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--securebits=+no_setuid_fixup", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--"]

CONF = """
base_dir = {dir}/run
state_dir = {dir}/run
log_path = {dir}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {me}
default_internal_group = {group}
default_login_user = {me}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
ssl = required
ssl_cert = <{certificate}.pem
ssl_key = <{certificate}.key
first_valid_uid = 0
mail_location = maildir:{dir}/home/Maildir
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {dir}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/home
}}
"""


def version_has_these_settings():
    """Dovecot 2.4 (Debian 13) reads settings of another kind."""
    return subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout.startswith("2.3.")


class Postbox:
    """A mailbox "bounces" whose password is `password`, over TLS with the certificate named."""

    def __init__(self, certificate, password):
        self.dir, self.password = tempfile.mkdtemp(prefix="taizhang-postbox-"), password
        for part in ("run", "home"):
            os.makedirs(f"{self.dir}/{part}")
        owner = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        with open(f"{self.dir}/users", "w") as f:
            f.write(f"bounces:{password}\n")
        with open(f"{self.dir}/conf", "w") as f:
            f.write(CONF.format(dir=self.dir, me=owner.pw_name, group=grp.getgrgid(owner.pw_gid).gr_name, port=self.port, certificate=certificate, uid=owner.pw_uid, gid=owner.pw_gid))
        if os.getuid() == 0:
            for place, _, files in os.walk(self.dir):
                os.chmod(place, 0o755)
                for name in ["", *files]:
                    os.chown(os.path.join(place, name), owner.pw_uid, owner.pw_gid)
        self.server = subprocess.Popen([*(AS_NOBODY if os.getuid() == 0 else []), PROGRAM, "-F", "-c", f"{self.dir}/conf"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        end = time.monotonic() + 20
        while True:
            try:
                self.talk().logout()
                return
            except OSError:
                if self.server.poll() is not None or time.monotonic() > end:
                    log = open(f"{self.dir}/log").read() if os.path.exists(f"{self.dir}/log") else ""
                    raise AssertionError(f"dovecot does not start: {log} {self.server.stderr.read1() if self.server.poll() is not None else ''}")
                time.sleep(0.05)

    def talk(self):
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        talk = imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=trusting)
        talk.authenticate("PLAIN", lambda _: f"\0bounces\0{self.password}".encode())
        return talk

    def put(self, *letters):
        talk = self.talk()
        for letter in letters:
            assert talk.append("INBOX", None, None, letter)[0] == "OK"
        talk.logout()

    def flags(self):
        """Of each message, as the server has them."""
        talk = self.talk()
        talk.select("INBOX", readonly=True)
        found = [line.split(b"FLAGS", 1)[1] for line in talk.fetch("1:*", "(FLAGS)")[1]]
        talk.logout()
        return found

    def close(self):
        self.server.terminate()
        self.server.wait(20)
        self.server.stderr.close()
        shutil.rmtree(self.dir, ignore_errors=True)
