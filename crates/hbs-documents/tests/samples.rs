//! Documents of one, two and twelve pages, in four scripts. They are written to the folder of temporary files of the build
//! (`target/tmp/documents`), to be looked at.
use hbs_documents::{Align, Attachment, Column, Moment, Sheet, Table, write};
use std::fs;
use std::path::Path;

fn column(title: &str, width: u16, align: Align) -> Column {
    Column { title: title.into(), width, align }
}

fn sheet(heading: &str, description: &str, nights: usize) -> Sheet {
    let row = |n: usize| {
        let date = format!("{:02}/12/2026", n % 28 + 1);
        [&date, description, "6 %", "93,40", "5,60", "99,00"].map(String::from).to_vec()
    };
    let columns = vec![
        column("Data", 15, Align::Left),
        column("Descrição", 43, Align::Left),
        column("IVA", 9, Align::Right),
        column("Líquido", 11, Align::Right),
        column("IVA", 10, Align::Right),
        column("Total", 12, Align::Right),
    ];
    let pair = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    Sheet {
        title: format!("{heading} INV-2026-000042"),
        language: "pt".into(),
        created: Moment { year: 2026, month: 12, day: 1, hour: 12, minute: 0, second: 0 },
        sender: vec!["Hotel Exemplo".into(), "Rua Augusta 12, 1100-053 Lisboa, PT".into(), "NIF PT501234567".into()],
        recipient: vec!["Ana Sousa".into(), "Praça do Comércio 1".into(), "1100-148 Lisboa".into()],
        heading: format!("{heading} INV-2026-000042"),
        mark: Some("Cópia".into()),
        facts: vec![
            pair("Data de emissão", "01/12/2026"),
            pair("Período", "01/12/2026 – 28/12/2026"),
            pair("Reserva", "HBS-7KQ2M9XA"),
        ],
        introduction: Vec::new(),
        table: Table { columns, rows: (0..nights).map(row).collect() },
        more: Vec::new(),
        breakdown: Some(Table {
            columns: vec![column("IVA", 40, Align::Left), column("Líquido", 20, Align::Right), column("Total", 20, Align::Right)],
            rows: vec![["6 %", "93,40", "99,00"].map(String::from).to_vec()],
        }),
        totals: vec![pair("Valor líquido", "93,40 EUR"), pair("IVA", "5,60 EUR"), pair("A pagar", "−99,00 EUR")],
        notes: vec!["Obrigado pela sua estadia. ".repeat(12)],
        footer: vec!["Hotel Exemplo · Rua Augusta 12 · NIF PT501234567".into(), "C.R.C. Lisboa 501234567".into()],
        page_words: "Página {page} de {pages}".into(),
        goes_on: "continua na página seguinte".into(),
        logo: None,
        attachment: Some(Attachment {
            name: "factur-x.xml".into(),
            mime_type: "text/xml".into(),
            description: "The invoice by EN 16931".into(),
            content: b"<?xml version=\"1.0\"?><invoice/>".to_vec(),
            factur_x: Some("EN 16931".into()),
        }),
    }
}

fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    let count = text.split("/Count ").nth(1).and_then(|rest| rest.split(|letter: char| !letter.is_ascii_digit()).next());
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}

#[test]
fn documents_of_one_two_and_twelve_pages_are_written_in_four_scripts() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
    fs::create_dir_all(&folder).expect("a folder");
    for (name, heading, description, nights, expected) in [
        ("latin-1", "Fatura", "Quarto duplo com vista para o mar", 3, 1),
        ("greek-2", "Τιμολόγιο", "Δίκλινο δωμάτιο με θέα στη θάλασσα και πρωινό για δύο", 30, 2),
        ("cyrillic-2", "Счёт", "Двухместный номер с видом на море", 45, 2),
        ("cjk-12", "发票", "海景双人房 海景ダブルルーム 바다 전망 더블룸", 450, 12),
    ] {
        let sheet = sheet(heading, description, nights);
        let pdf = write(&sheet).expect("a document");
        assert_eq!(write(&sheet).expect("a document"), pdf, "{name}: the same sheet gives the same bytes");
        fs::write(folder.join(format!("{name}.pdf")), &pdf).expect("a file");
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.ends_with(b"%%EOF\n"), "{name}");
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.contains("<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>"), "{name}");
        let found = pages(&pdf);
        assert!(found.abs_diff(expected) <= usize::from(expected > 2), "{name}: {found} pages");
        assert!(pdf.len() < 300_000, "{name}: {} bytes", pdf.len());
    }
}
