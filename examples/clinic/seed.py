"""Invented records from a seeded generator: the same two hundred patients on every machine, none of whom ever lived.

Names are put together from syllables of no language, mail addresses end in example.com (RFC 2606), telephone numbers begin
with 555-01, insurance numbers with TEST: nobody can take them for real ones.
"""
import datetime
import random

PATIENTS = 200
APPOINTMENTS = 60
LAB_RESULTS = 80
FIRST_DAY = datetime.datetime(2026, 1, 5, 8, 0)

WARDS = [("cardiology", "Cardiology", 24), ("surgery", "Surgery", 30), ("pediatrics", "Pediatrics", 18), ("neurology", "Neurology", 16)]
DOCTORS = [
    ("dr-quillary", "Dr. Zanna Quillary", "cardiology", 1), ("dr-obbersworth", "Dr. Plim Obbersworth", "cardiology", 0),
    ("dr-venntaloo", "Dr. Ixa Venntaloo", "surgery", 1), ("dr-munterby", "Dr. Orro Munterby", "surgery", 0),
    ("dr-yellowink", "Dr. Tibba Yellowink", "pediatrics", 1), ("dr-crumplestane", "Dr. Wob Crumplestane", "pediatrics", 0),
    ("dr-hexamere", "Dr. Loora Hexamere", "neurology", 1), ("dr-fizzlethorpe", "Dr. Dunn Fizzlethorpe", "neurology", 0),
]
SERVICES = [
    "Consultation", "Follow-up visit", "Blood count", "Lipid panel", "X-ray, one view", "X-ray, two views", "Ultrasound", "ECG at rest", "ECG under load",
    "Vaccination", "Wound dressing", "Suture removal", "Plaster cast", "Physiotherapy, 30 min", "MRI, head", "MRI, knee", "CT, chest", "Hearing test",
    "Eye test", "Allergy test", "Sleep study", "Night in a shared room", "Night in a single room", "Copy of the record",
]
HEADS = ["Zor", "Plim", "Quib", "Wex", "Ila", "Brum", "Yod", "Fen", "Tava", "Oxo", "Nim", "Gral"]
TAILS = ["ba", "lo", "rix", "na", "dle", "pho", "mina", "tus"]
HOUSES = ["Wibble", "Snorkle", "Thimble", "Quaver", "Bramble", "Fizz", "Doodle", "Muddle", "Pebble", "Crumpet"]
ENDS = ["shaw", "ton", "worth", "by", "stone", "wick", "more", "feather"]
DIAGNOSES = ["broken wrist", "migraine", "asthma", "iron deficiency", "high blood pressure", "sprained ankle", "hay fever", "concussion",
             "appendicitis", "atrial fibrillation", "tonsillitis", "sciatica"]
TESTS = [("Ferritin", "ug/l", 15, 300), ("Haemoglobin", "g/dl", 9, 18), ("Glucose", "mmol/l", 3, 11), ("Potassium", "mmol/l", 3, 6)]


def fill_if_empty(database):
    """Seeds a new database; one that has patients is left as it is."""
    if database.row("SELECT id FROM patients LIMIT 1"):
        return
    chance = random.Random(20260105)
    database.insert_all("INSERT INTO wards VALUES (?, ?, ?)", WARDS)
    database.insert_all("INSERT INTO doctors VALUES (?, ?, ?, ?)", DOCTORS)
    database.insert_all("INSERT INTO prices VALUES (?, ?, ?, 'EUR')",
                        [("S%02d" % (number + 1), service, 500 * chance.randint(3, 120)) for number, service in enumerate(SERVICES)])
    patients = [_patient(number, chance) for number in range(1, PATIENTS + 1)]
    database.insert_all("INSERT INTO patients VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", patients)
    database.insert_all("INSERT INTO appointments VALUES (?, ?, ?, ?, ?, ?, ?)",
                        [_appointment(number, patients, chance) for number in range(1, APPOINTMENTS + 1)])
    database.insert_all("INSERT INTO lab_results VALUES (?, ?, ?, ?, ?, ?, ?)", [_lab_result(number, chance) for number in range(1, LAB_RESULTS + 1)])


def _patient(number, chance):
    name = chance.choice(HEADS) + chance.choice(TAILS) + " " + chance.choice(HOUSES) + chance.choice(ENDS)
    doctor, _, ward, _ = chance.choice(DOCTORS)
    born = datetime.date(1935, 1, 1) + datetime.timedelta(days=chance.randint(0, 31000))
    mail = "%s.%d@example.com" % (name.lower().replace(" ", "."), number)
    return (number, name, born.isoformat(), ward, doctor, "patient-%d" % number, "TEST%08d" % chance.randint(0, 99999999), mail,
            "555-01%02d" % chance.randint(0, 99), chance.choice(["A+", "A-", "B+", "B-", "AB+", "AB-", "0+", "0-"]), chance.choice(DIAGNOSES), "")


def _moment(number, chance):
    return (FIRST_DAY + datetime.timedelta(days=number, minutes=30 * chance.randint(0, 18))).isoformat() + "Z"


def _appointment(number, patients, chance):
    patient = chance.choice(patients)
    return (number, patient[0], patient[4], _moment(number, chance), chance.choice([15, 30, 45]), "Check of the " + patient[10],
            chance.choice(["booked", "booked", "held", "cancelled"]))


def _lab_result(number, chance):
    test, unit, low, high = chance.choice(TESTS)
    return (number, chance.randint(1, PATIENTS), test, round(chance.uniform(low, high), 1), unit, _moment(number, chance), int(chance.random() < 0.1))
