"""totp_oracle.py - one-time codes by Python's hmac: prints the code for each "SECRET-IN-BASE-32 SECONDS" line read."""
import base64
import hashlib
import hmac
import struct
import sys

for line in sys.stdin:
    secret, seconds = line.split()
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(seconds) // 30), hashlib.sha1).digest()
    at = mac[-1] & 15
    print(f"{(int.from_bytes(mac[at:at + 4], 'big') & 0x7fffffff) % 10**6:06}")
