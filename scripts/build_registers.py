#!/usr/bin/env python3
"""Write the registers of authorised claims that the package ships from the researched lists.

    python scripts/build_registers.py [--lists FOLDER]

FOLDER holds eu_authorised.csv and us_authorised.csv (default: ../shared/regulatory). Left out are revoked claims, and
every wording that was written down from memory: of such a claim only the relation of substance and disease is kept.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
REGISTERS = ROOT / "classifier" / "registers"
LAST_VERIFIED = "2026"  # the lists say no more of their date

# How a text names the substance and the disease: "/" parts what may stand for one another, ";" what must all be there.
SUBSTANCES = {
    "Calcium": "calcium",
    "Calcium and vitamin D": "calcium;vitamin d",
    "Dietary fat": "low fat/low in fat/low in total fat/total fat",
    "Sodium": "sodium",
    "Saturated fat and cholesterol": "saturated fat;cholesterol",
    "Fiber-containing grain products, fruits and vegetables": "fiber/fibre;fruits;vegetables",
    "Fruits, vegetables and grain products with fiber, particularly soluble fiber": "fiber/fibre;fruits;vegetables",
    "Fruits and vegetables": "fruits;vegetables",
    "Folate": "folate/folic acid",
    "Sugar alcohols and other noncariogenic sweeteners": "sugar alcohols/xylitol/sorbitol/erythritol",
    "Soluble fiber from listed sources (whole oats, barley, psyllium husk, others)": "soluble fiber/soluble fibre",
    "Soy protein": "soy protein",
    "Plant sterol esters": "plant sterol/plant sterols/sterol esters",
    "Plant stanol esters": "plant stanol/plant stanols/stanol esters",
    "Potassium-containing foods": "potassium",
    "Fluoridated bottled water": "fluoridated water",
    "Whole grain foods": "whole grain/whole grains",
    "Whole grain foods with moderate fat content": "whole grain/whole grains",
    "Saturated fat, cholesterol and trans fat": "saturated fat;cholesterol;trans fat",
    "Unsaturated in place of saturated fatty acids": "unsaturated fats/unsaturated fat;saturated fat",
    "Allergenic foods introduced to infants": "allergenic foods",
    "Tomatoes and/or tomato sauce": "tomato/tomatoes",
    "Tomato sauce": "tomato sauce",
    "Tomatoes": "tomato/tomatoes",
    "Selenium (supplements)": "selenium",
    "Green tea": "green tea",
    "EPA and DHA omega-3 fatty acids": "epa/dha/omega-3",
    "Nuts (listed nuts)": "nuts/almonds/hazelnuts/peanuts/pecans/pistachios",
    "Macadamia nuts": "macadamia",
    "Olive oil": "olive oil",
    "Canola oil": "canola oil",
    "Oleic acid in edible oils (>=70%)": "oleic acid",
    "Magnesium": "magnesium",
    "Cranberry juice beverage": "cranberry juice",
    "Cranberry dietary supplement": "cranberry",
    "High flavanol cocoa powder": "cocoa flavanols/flavanol cocoa",
    "Yogurt": "yogurt/yoghurt",
    "High-amylose maize resistant starch": "resistant starch",
    "Ground peanuts (early introduction)": "peanuts",
    "0.8 mg folic acid (supplements)": "folic acid",
    "Folic acid, vitamin B6 and vitamin B12 (supplements)": "folic acid;vitamin b6;vitamin b12",
    "Walnuts": "walnuts",
    "Corn oil": "corn oil",
    "Soybean oil": "soybean oil",
    "Chromium picolinate": "chromium picolinate/chromium",
    "Phosphatidylserine": "phosphatidylserine",
    "Antioxidant vitamins (C, E)": "vitamin c/vitamin e/antioxidant vitamins",
    "100% whey-protein partially hydrolyzed infant formula": "infant formula",
    "Whole grains": "whole grain/whole grains",
    "Psyllium husk": "psyllium",
}
HEART = "heart disease/chd/coronary heart disease"
DISEASES = {
    "osteoporosis_risk": "osteoporosis",
    "cancer_risk": "cancer/cancers",
    "hypertension_risk": "high blood pressure/hypertension",
    "chd_risk": HEART,
    "neural_tube_defects_risk": "neural tube/neural tube defects/spinal cord defect/birth defect/birth defects",
    "dental_caries_risk": "tooth decay/dental caries/cavities",
    "hypertension_stroke_risk": "high blood pressure/hypertension/stroke",
    "chd_cancer_risk": f"{HEART}/cancer/cancers",
    "food_allergy_risk": "food allergy/food allergies",
    "prostate_cancer_risk": "prostate cancer",
    "ovarian_cancer_risk": "ovarian cancer",
    "gastric_cancer_risk": "gastric cancer/stomach cancer",
    "pancreatic_cancer_risk": "pancreatic cancer",
    "breast_cancer_risk": "breast cancer",
    "anticarcinogenic": "anticarcinogenic",
    "hypertension_chd_risk": f"high blood pressure/hypertension/{HEART}",
    "uti_recurrence_risk": "urinary tract infection/urinary tract infections/uti/utis",
    "cvd_risk": "cardiovascular disease",
    "type2_diabetes_risk": "type 2 diabetes/diabetes",
    "peanut_allergy_risk": "peanut allergy",
    "vascular_disease_risk": "vascular disease",
    "colorectal_cancer_polyps_risk": "colorectal cancer/colon cancer/polyps",
    "hypertension_preeclampsia_risk": "hypertension/high blood pressure/preeclampsia",
    "diabetes_insulin_resistance_risk": "diabetes/insulin resistance",
    "cognitive_dysfunction_dementia_risk": "dementia/cognitive dysfunction",
    "atopic_dermatitis_risk": "eczema/atopic dermatitis",
}
FIELDS = {
    "eu": "id market substance effect wording conditions restriction claim_type",
    "us": "id substance named disease effect wording conditions claim_type",
}


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40].rstrip("_")


def number(rows: list[dict[str, str]]) -> None:
    """Name each row by substance and effect, and by a number where that is not enough."""
    seen: Counter[str] = Counter()
    for row in rows:
        name = f"{slug(row['substance'])}.{row['effect']}"
        seen[name] += 1
        row["id"] = name if seen[name] == 1 else f"{name}.{seen[name]}"


def write(name: str, rows: list[dict[str, str]]) -> None:
    number(rows)
    fields = f"{FIELDS[name]} legal_basis source verification last_verified".split()
    with (REGISTERS / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows({field: row[field] for field in fields} for row in rows)
    print(f"{name}.csv: {len(rows)} claims")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lists", type=Path, default=ROOT.parent / "shared" / "regulatory")
    options = parser.parse_args()
    eu, us = [], []
    for row in read(options.lists / "eu_authorised.csv"):
        if row["status"] != "revoked":
            row |= {"market": row["jurisdiction"].replace("GB", "uk").replace("EU", "eu"), "effect": row["effect_key"]}
            row |= {"wording": row["claim_wording"], "restriction": row["restriction_or_warning"]}
            eu.append(row | {"last_verified": LAST_VERIFIED})
    for row in read(options.lists / "us_authorised.csv"):
        checked = row["verification"].startswith("verified")
        row |= {"effect": row["effect_key"], "wording": row["claim_wording"] if checked else ""}
        row |= {"named": SUBSTANCES[row["substance"]], "disease": DISEASES[row["effect_key"]]}
        us.append(row | {"last_verified": LAST_VERIFIED})
    write("eu", eu)
    write("us", us)


if __name__ == "__main__":
    main()
