"""What receipts and invoices call things, in English, Spanish, French, German, Dutch, Italian and Portuguese.

A vocabulary is one pattern with a named group a kind; at one place the kind
listed first wins, so that `total tax` is no total.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _vocabulary(kinds: Mapping[str, str]) -> re.Pattern[str]:
    """Compile phrases, one a line; a space stands for one, a hyphen or nothing."""
    groups = []
    for kind, phrases in kinds.items():
        listed = [re.sub(r" +\??", r"[ \\-]?", one.strip()) for one in phrases.strip().splitlines()]
        groups.append(rf"(?P<{kind}>{'|'.join(sorted(listed, key=len, reverse=True))})")
    return re.compile(rf"(?<![^\W_])(?=[^\W\d_])(?:{'|'.join(groups)})(?:(?<=\W)|(?![^\W_]))", re.IGNORECASE)


MONEY = _vocabulary({
    "other": r"""
        total (?:items?|qty|quantity|units?|savings?|saved|hours?|points|weight|pages|count|number|pieces)
        you saved
        (?:previous|opening|account|new) balance
        balance (?:forward|brought forward)
        balance
        change(?: due)?
        cash (?:tendered|back)
        tax (?:id|invoice|no\.?|number|exempt|reg\w*)
        vat (?:id|no\.?|number|reg\w*)
        (?:tva|btw|iva|ust) ?(?:id|nr|no|nummer|intra\w*)\S*
        (?:tva|btw|vat|mwst)(?: %)
        gift card balance
        numéro de tva.*
        """,
    "subtotal": r"""
        sub ?tot\w*
        (?:items?(?:\(s\))?|merchandise|goods|products?) (?:sub ?)?total
        total (?:before tax|net|excl\S*(?: \w+)?|ex\.? (?:vat|tax|gst)|without (?:vat|tax)|pre ?tax)
        net (?:amount|total|price)
        untaxed amount
        taxable (?:amount|total|value)
        zwischensumme
        (?:summe|gesamt|betrag|total) ?(?:netto|ohne mwst\.?|exkl\.?)
        netto ?(?:betrag|summe)?
        sous total
        (?:total|montant)(?: \w+)? (?:ht|hors taxes?)
        sub ?totaal
        (?:totaal )?(?:exclusief|excl\.?) ?(?:btw)?
        grondslag
        base imponible
        total (?:sin iva|neto)
        totale (?:imponibile|netto)
        imponibile
        total líquido
        """,
    "tax": r"""
        (?:total )?(?:sales|use|state|local|city|county|estimated|total)? ?tax(?:es)?(?: total| amount| collected)?
        (?:total )?(?:vat|gst|hst|pst|qst)(?: total| amount)?
        (?:total|montant)? ?(?:de la )?(?:tva|t\.v\.a\.)
        (?:zzgl\.? |inkl\.? )?(?:gesamt )?(?:mwst\.?|mehrwertsteuer|ust\.?|umsatzsteuer)(?: gesamt)?
        (?:totaal )?btw(?: bedrag)?
        (?:total |totale |importe )?(?:iva|i\.v\.a\.)
        imposta
        """,
    "addition": r"""
        shipping(?: (?:and|&|\+) handling)?(?: cost| charges?| fee)?
        (?:delivery|freight|handling|postage|service)(?: charges?| fee| costs?)?
        tip
        gratuity
        surcharge
        tarif
        versand(?:kosten)?
        porto
        verzend ?kosten
        frais de (?:port|livraison)
        livraison
        (?:gastos de )?envío
        (?:spese di )?spedizione
        propina
        """,
    "deduction": r"""
        (?:total )?(?:discounts?|coupons?|promotions?|rabatt|korting|remise|descuento|sconto|desconto|skonto)(?: applied)?
        gift cards?(?: applied| amount)?
        (?:store )?credits?(?: applied)?
        deposit(?: paid)?
        anzahlung
        acompte
        """,
    "strong": r"""
        grand total
        (?:total )?amount (?:due|payable|charged|paid|to pay|billed)
        total (?:amount|due|payable|charged?|paid|to pay|sale|incl\S*(?: \w+)?|inc\.? (?:vat|tax|gst))
        (?:invoice|order|payment|sale|receipt|purchase|transaction|bill) (?:total|amount)
        total for this (?:invoice|order|purchase)
        total (?:ttc|facture|à payer|général|toutes taxes comprises)
        montant (?:total|ttc|à payer|réglé)(?: ttc)?
        (?:net|somme|reste) à payer
        gesamt ?(?:betrag|summe|preis)?(?: brutto| inkl\.? mwst\.?)?
        (?:rechnungs|end|zahl|brutto) ?(?:betrag|summe|preis)(?: brutto| inkl\.? mwst\.?)?
        summe brutto
        zu zahlen(?:der betrag)?
        (?:factuur|eind|totaal) ?(?:totaal|bedrag)
        totaal (?:te betalen|incl\S*(?: btw)?|inclusief btw)
        te betalen(?: bedrag)?
        importe total
        total (?:a pagar|de la factura|factura|general|con iva)
        monto total
        totale (?:fattura|documento|da pagare|dovuto|complessivo|ordine)
        importo (?:totale|dovuto)
        valor (?:total|a pagar)
        total (?:geral|da fatura)
        """,
    "plain": r"""
        totals?
        total price
        totaal
        totale
        summe
        balance due
        """,
})  # fmt: skip

DAYS = _vocabulary({
    "other": r"""
        (?:payment )?due(?: date| on| by)?
        date (?:d.échéance|limite\b.{0,20}|of birth|de livraison)
        échéance
        verval ?datum
        fällig\w*
        (?:delivery|delivered|ship(?:ped|ping|ment)?|estimated|expected|arriv\w+|return)(?: date| on| by)?
        (?:lever|liefer) ?datum
        leistungs ?(?:datum|zeitraum)
        check ?(?:in|out)
        (?:valid|expir\w+|exp)(?: date| until| thru| through)?
        (?:billing |service |statement )?period
        from
        printed(?: on)?
        scadenza
        (?:fecha de )?vencimi?ento
        next (?:billing|payment)(?: date)?
        (?:prélèvement|prélevée) .{0,20}
        registered
        """,
    "strong": r"""
        (?:invoice|receipt|purchase|transaction|sales?|bill|issue|payment|charge|billing|document|txn|trans) ?date
        date (?:of (?:invoice|issue|purchase|sale)|issued|paid|de facture|de la facture|facture|d.émission|fattura)
        (?:factuur|rechnungs|beleg|aankoop|rekening) ?datum
        datum der rechnung
        fecha de (?:la )?(?:factura|emisión|compra|expedición)
        data (?:fattura|di emissione|de emissão|da fatura|documento)
        facture .{0,40}?\bdu
        rechnung .{0,40}?\bvom
        factura .{0,40}?\bde fecha
        paid on
        """,
    "order": r"""
        order(?:ed)? ?(?:date|placed|on)
        placed on
        order ?datum
        bestell ?datum
        date de (?:la )?commande
        fecha del? pedido
        data (?:ordine|do pedido)
        """,
    "plain": r"""
        date
        datum
        fecha
        data
        le
        """,
})  # fmt: skip

_NO = r"(?: ?(?:number|no\.?|nr\.?|num\.?|numéro|numero|nummer|n[°º.]|#|id|code|ref(?:erence)?))"
NUMBERS = _vocabulary({
    "po_number": rf"""
        (?:customer |your )?p\.? ?o\.?{_NO}
        (?:customer )?purchase order{_NO}?
        customer (?:po|reference|ref)
        """,
    "invoice_number": rf"""
        (?:tax )?(?:invoice|receipt|bill){_NO}
        (?:tax )?invoice(?=:? [A-Z]{{0,6}}[/-]?\d)
        (?:factuur|rechnungs|rechnung)(?:-)?{_NO}
        facture{_NO}
        (?:número de |nº de )?factura{_NO}
        (?:número de |nº de )?factura
        fattura{_NO}
        fatura{_NO}
        factuur
        """,
    "order_number": rf"""
        (?:sales |web )?order{_NO}
        (?:bestell|order|auftrags)(?:-)?{_NO}
        (?:commande|pedido|ordine){_NO}
        (?:booking|confirmation|reservation|transaction|trans|txn|check|ticket|folio){_NO}
        """,
})  # fmt: skip

SELLER = _vocabulary({
    "buyer": r"""
        (?:bill|ship|sold|deliver|invoice|charge)(?:ed|ing)? to(?: address)?
        (?:billing|shipping|delivery|customer|invoice) (?:address|name|details)
        (?:guest|customer|client|cardholder|buyer)(?: name)?
        attn\.?
        t\.a\.v\.
        (?:factuur|aflever|bezorg) ?adres
        (?:rechnungs|liefer) ?(?:adresse|anschrift)
        kunde
        klant
        adresse de (?:facturation|livraison)
        nom de l.abonné
        cliente
        """,
    "seller": r"""
        (?:vendor|seller|merchant|supplier|store|company|retailer)(?: name)?
        (?:sold|provided|issued|fulfilled) by
        (?:payment )?received by
        (?:remit|payable|pay) to
        (?:service provider|in favou?r of)
        (?:verkäufer|lieferant|vendeur|fournisseur|verkoper|leverancier|vendedor|proveedor|venditore|fornitore)
        """,
})  # fmt: skip

COMPANY = re.compile(
    r"(?:\bInc\b\.?|\bLLC\b|\bL\.L\.C\.|\bLtd\b\.?|\bLimited\b|\bCorp\b\.?|\bCorporation\b|\bCompany\b|\bCo\.|\bPLC\b|\bLLP\b"
    r"|\bGmbH\b|\bAG\b|\be\.K\.|\bKG\b|\bUG\b|\bB\.?V\.?(?=$|[\s,])|\bN\.V\.|\bS\.?A\.?S\.?(?=$|[\s,])|\bSARL\b|\bS\.A\.(?:R\.L\.)?|\bS\.?r\.?l\.?(?=$|[\s,])"
    r"|\bS\.p\.A\.|\bS\.L\.|\bLda\b|\bLtda\b|\bPty\b|\bPvt\b\.?|\bOy\b|\bApS\b)"
)
# What a document calls itself, the more telling first.
KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("credit_note", re.compile(r"\b(?:credit (?:note|memo)|gutschrift|creditnota|avoir|nota de crédito)\b", re.IGNORECASE)),
    ("quote", re.compile(r"\b(?:quot(?:e|ation)|pro ?forma|estimate|angebot|offerte|devis|presupuesto|preventivo)\b", re.IGNORECASE)),
    ("packing_slip", re.compile(r"\b(?:packing (?:slip|list)|delivery note|lieferschein|pakbon|bon de livraison)\b", re.IGNORECASE)),
    ("affidavit", re.compile(r"\b(?:affidavit|missing receipt|lost receipt)\b", re.IGNORECASE)),
    ("invoice", re.compile(r"\b(?:invoice|factuur|rechnung|facture|factura|fattura|fatura)", re.IGNORECASE)),
)  # fmt: skip
_MONTH_WORDS = (
    "january jan enero janvier januar jänner januari gennaio janeiro ene janv",
    "february feb febrero février februar februari febbraio fevereiro févr",
    "march mar marzo mars märz maart março mrt",
    "april apr abril avril aprile abr avr",
    "may mayo mai mei maggio maio",
    "june jun junio juin juni giugno junho",
    "july jul julio juillet juli luglio julho juil",
    "august aug agosto août augustus ago",
    "september sep sept septiembre septembre settembre setembro",
    "october oct octubre octobre oktober ottobre outubro okt",
    "november nov noviembre novembre novembro",
    "december dec diciembre décembre dezember dicembre dezembro dic dez déc",
)
MONTHS = {word: number for number, words in enumerate(_MONTH_WORDS, 1) for word in words.split()}
