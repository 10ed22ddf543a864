//! Names of attachments, and documents by their content.
use super::super::model::AttachmentFormat;

/// Maximum length of a name, in characters.
const MAX_NAME: usize = 120;
/// Number of bytes at the end of a document among which its end mark stands.
const TAIL: usize = 2048;

/// Returns the name under which an attachment is kept: without what has a meaning in HTML, addresses, headers or file systems,
/// and with the ending of what it really is.
pub fn safe_name(name: &str, format: AttachmentFormat) -> String {
    let is_safe = |letter: char| letter.is_alphanumeric() || " -_.()".contains(letter);
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let safe: String = stem.chars().map(|letter| if is_safe(letter) { letter } else { '_' }).take(MAX_NAME).collect();
    let safe = safe.trim_matches([' ', '.', '_']);
    format!("{}.{}", if safe.is_empty() { "attachment" } else { safe }, format.extension())
}

/// Kind of an uploaded file, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Picture,
    Pdf,
}

/// Returns the kind of a file, by its first bytes and not by its name; none for what is not taken.
pub fn kind_of(file: &[u8]) -> Option<FileKind> {
    let is_webp = file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP");
    if file.starts_with(b"\xff\xd8\xff") || file.starts_with(b"\x89PNG\r\n\x1a\n") || is_webp {
        return Some(FileKind::Picture);
    }
    is_pdf(file).then_some(FileKind::Pdf)
}

/// Returns `true` for a PDF: it begins as one in the first byte, and ends as one.
fn is_pdf(file: &[u8]) -> bool {
    let has_head = file.starts_with(b"%PDF-1.") || file.starts_with(b"%PDF-2.");
    let tail = &file[file.len().saturating_sub(TAIL)..];
    has_head && tail.windows(5).any(|window| window == b"%%EOF")
}

/// Returns what a browser is told about a file: to keep it, under its name, and not to show it.
pub fn disposition(name: &str) -> String {
    let plain: String = name.chars().map(|letter| if letter.is_ascii() { letter } else { '_' }).collect();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let encoded: String =
        name.bytes().map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T-iss-file: names do nothing.
    #[test]
    fn iss_file_names_do_nothing() {
        for (name, kept) in [
            ("\"><svg onload=alert(1)>.jpg", "svg onload_alert(1).jpg"),
            ("../../etc/passwd", "passwd.jpg"),
            ("C:\\temp\\Bad.html", "Bad.jpg"),
            ("Foto água.PNG", "Foto água.jpg"),
            ("...", "attachment.jpg"),
            ("", "attachment.jpg"),
            ("a\r\nSet-Cookie: x=1.png", "a__Set-Cookie_ x_1.jpg"),
        ] {
            assert_eq!(safe_name(name, AttachmentFormat::Jpeg), kept, "{name}");
        }
        let disposition = disposition("Foto água.jpg");
        assert_eq!(disposition, "attachment; filename=\"Foto _gua.jpg\"; filename*=UTF-8''Foto%20%C3%A1gua.jpg");
    }

    /// T-iss-file: a document is one from its first byte on.
    #[test]
    fn iss_file_documents_are_known_by_their_content() {
        assert_eq!(kind_of(b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"), Some(FileKind::Pdf));
        assert_eq!(kind_of(b"\xff\xd8\xff\xe0"), Some(FileKind::Picture));
        assert_eq!(kind_of(b"RIFF\0\0\0\0WEBPVP8 "), Some(FileKind::Picture));
        let html: &[u8] = b"<html>%PDF-1.7\n%%EOF";
        for wrong in [html, b"<svg onload=alert(1)>", b"%PDF-1.7\n", b"%PDF-9.9 %%EOF", b"", b"%PDF-", b"RIFF", b"GIF89a"] {
            assert_eq!(kind_of(wrong), None, "{wrong:?}");
        }
    }
}
