"""POST /lab-results: a laboratory's result as XML, answered as XML.

<labResult urgent="false"><patient>17</patient><test>Ferritin</test><value>88.5</value><unit>ug/l</unit><taken>2026-03-02T09:30:00Z</taken></labResult>
"""
from xml.etree import ElementTree

from http1 import Response
from routes.route import Route, as_json

ELEMENTS = ["patient", "test", "value", "unit", "taken"]


def add_lab_result(clinic, request):
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in ("application/xml", "text/xml"):
        return as_json({"error": "send application/xml"}, 415)
    root = ElementTree.fromstring(request.body)
    if root.tag != "labResult":
        raise ValueError("the root element is not labResult")
    given = {name: root.findtext(name) for name in ELEMENTS}
    urgent = root.get("urgent") == "true"
    _, number = clinic.database.change("INSERT INTO lab_results (patient, test, value, unit, taken, urgent) VALUES (?, ?, ?, ?, ?, ?)",
                                       [*given.values(), urgent])
    root.set("id", str(number))
    return Response(201, [("Content-Type", "application/xml")], ElementTree.tostring(root, "utf-8", xml_declaration=True))


ROUTES = [Route("POST", "/lab-results", "addLabResult", add_lab_result)]
