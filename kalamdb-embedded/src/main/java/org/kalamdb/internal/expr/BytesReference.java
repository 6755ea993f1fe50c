package org.kalamdb.internal.expr;

/** What the function reference says about BYTES. */
final class BytesReference {
  private BytesReference() {}

  static void describe(Registrar r) {
    r.describe("bit_count", "The number of bits that are set.", "bit_count('\\x1234'::bytea)", "5");
    r.describe(
        "convert_from",
        "Bytes in the encoding, which must be UTF8, as text.",
        "convert_from('\\x6162'::bytea, 'UTF8')",
        "ab");
    r.describe(
        "convert_to",
        "The bytes of the text in the encoding, which must be UTF8.",
        "convert_to('ab', 'UTF8')",
        "\\x6162");
    r.describe(
        "decode",
        "The bytes of a text in base64, hex or escape form.",
        "decode('MTIzAAE=', 'base64')",
        "\\x3132330001");
    r.describe(
        "encode",
        "Bytes as text in base64, hex or escape form.",
        "encode('\\x3132330001'::bytea, 'base64')",
        "MTIzAAE=");
    r.describe(
        "get_bit",
        "Bit number n, from 0, the least of the first byte first.",
        "get_bit('\\x1234'::bytea, 4)",
        "1");
    r.describe("get_byte", "Byte number n, from 0.", "get_byte('\\x1234'::bytea, 1)", "52");
    r.describe(
        "md5",
        "The MD5 digest in hexadecimal digits.",
        "md5('abc')",
        "900150983cd24fb0d6963f7d28e17f72");
    r.describe(
        "set_bit",
        "With bit number n set to 0 or 1.",
        "set_bit('\\x1234'::bytea, 0, 1)",
        "\\x1334");
    r.describe(
        "set_byte", "With byte number n replaced.", "set_byte('\\x1234'::bytea, 1, 64)", "\\x1240");
    r.describe(
        "sha224",
        "The SHA-224 digest.",
        "sha224('abc'::bytea)",
        "\\x23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
    r.describe(
        "sha256",
        "The SHA-256 digest.",
        "sha256('abc'::bytea)",
        "\\xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    r.describe("sha384", "The SHA-384 digest.", "length(sha384('abc'::bytea))", "48");
    r.describe("sha512", "The SHA-512 digest.", "length(sha512('abc'::bytea))", "64");
  }
}
