/** What is said otherwise where the operator wants the Sie. By key; everything else is as in `de.ts`. */
export const sie: Readonly<Record<string, string>> = {
  'error.unreachable': 'Der Server antwortet nicht. Nichts wurde verändert. Versuchen Sie es gleich noch einmal.',
  'error.unauthorized': 'Melden Sie sich an.',
  'error.forbidden': 'Das erlaubt Ihre Rolle nicht.',
  'error.not_found': 'Das gibt es nicht, oder nicht für Sie.',
  'error.notFoundText': 'Vielleicht ist der Link alt. Im Überblick finden Sie alles.',
  'door.codeHint': 'Sechs Ziffern aus Ihrer App, oder ein Wiederherstellungscode',
  'door.passkeyCancelled':
    'Der Passkey wurde nicht benutzt. Versuchen Sie es noch einmal, oder nehmen Sie Passwort und Code.',
  'leaked.title': 'Ändern Sie Ihr Passwort',
  'leaked.lead':
    'Ihr Passwort steht in einem bekannten Datenleck: Andere können es ausprobieren. Danach geht es weiter.',
  'join.firstLead': 'Sie sind die erste Person. Als Owner laden Sie danach Ihr Team ein.',
  'join.invitedLead': 'Richten Sie ein, womit Sie sich anmelden. Es sind immer zwei Faktoren.',
  'join.resetTitle': 'Richten Sie Ihre Anmeldung neu ein',
  'join.forCustomer': 'Sie werden Admin von {{customer}}.',
  'join.asRoles': 'Ihre Rolle: {{roles}}.',
  'join.country': 'Land, aus dem Sie arbeiten',
  'join.countryHint': 'Zwei Buchstaben, zum Beispiel DE. Kunden sehen das Land, nicht Ihren Namen.',
  'join.passkeyText':
    'Am sichersten und am schnellsten: Fingerabdruck, Gesicht oder PIN Ihres Geräts oder Ihres Passwortmanagers, etwa 1Password.',
  'join.scan': 'Scannen Sie das Bild mit Ihrer App, oder tippen Sie den Schlüssel ab.',
  'join.invalidText':
    'Ein Link gilt 24 Stunden und nur einmal. Bitten Sie die Person, die Sie eingeladen hat, um einen neuen.',
  'codes.text':
    'Jeder Code gilt einmal, wenn Ihre App nicht da ist. Sie werden nur jetzt gezeigt. Legen Sie sie in Ihren Passwortmanager oder drucken Sie sie aus.',
  'stepUp.title': 'Weisen Sie sich noch einmal aus',
  'overview.needs': 'Was Sie jetzt braucht',
  'overview.nothing': 'Gerade braucht Sie nichts.',
  'overview.grant_approve': 'Eine Anfrage wartet auf Ihre Zustimmung',
  'customers.emptyText':
    'Ein Kunde ist eine Organisation, deren Daten Sie verwahren. Legen Sie den ersten hier an, oder mit „obhut customer create“.',
  'customers.collectionsEmptyText':
    'Eine Sammlung sagt, welche Felder es gibt und wie sie geschützt sind. Ihr Produkt legt sie über die API an, oder „obhut collection put“.',
  'customers.peopleEmptyText': 'Personen legt Ihr Produkt über die API an, oder „obhut import“ aus einer Datei.',
  'grants.form.lead': 'Was Sie hier sagen, kann niemand mehr ändern: Dem Ganzen wird zugestimmt, oder nicht.',
  'grants.form.pick': 'Wählen Sie mindestens eine Sammlung.',
  'grants.detail.youAgree': 'Sie stimmen der ganzen Anfrage zu, so wie sie hier steht.',
  'grants.detail.youApprove': 'Ihr Passkey unterschreibt den Fingerabdruck dieser Anfrage. Die Zeit läuft ab jetzt.',
  'grants.detail.passkeyRequired': 'Zustimmen geht nur mit einem Passkey. Richten Sie unter „Mein Konto“ einen ein.',
  'viewer.choose': 'Wählen Sie eine Person.',
  'viewer.byYou': 'von Ihnen aufgedeckt, {{purpose}}',
  'accesses.chooseCustomer': 'Wählen Sie einen Kunden',
  'proof.lead': 'Ihr Browser rechnet selbst nach. Der Server liefert nur die Zahlen.',
  'proof.allOk_one': 'Ihr Browser hat nachgerechnet: Der Eintrag steht unverändert im Protokoll.',
  'proof.allOk_other': 'Ihr Browser hat nachgerechnet: Alle {{count}} Einträge stehen unverändert im Protokoll.',
  'proof.someFailed_one': '{{count}} Eintrag stimmt nicht. Vertrauen Sie ihm nicht und melden Sie es.',
  'proof.someFailed_other': '{{count}} Einträge stimmen nicht. Vertrauen Sie ihnen nicht und melden Sie es.',
  'proof.first': 'Das sind die ersten {{count}} Einträge; alle anderen finden Sie im Protokoll.',
  'proof.ok': 'Ihr Browser hat nachgerechnet: Dieser Eintrag steht unverändert im Protokoll.',
  'proof.failed': 'Das stimmt nicht: {{reason}}. Vertrauen Sie diesem Eintrag nicht und melden Sie es.',
  'proof.key': 'Schlüssel des Protokolls, vom selben Server: Vergleichen Sie ihn mit dem, den Sie kennen.',
  'team.linkText':
    'Es ist kein Mailserver eingerichtet. Geben Sie diesen Link selbst weiter, auf einem Weg, dem Sie trauen. Er gilt 24 Stunden und nur einmal.',
  'team.adminsEmptyText':
    'Ohne Admin kann niemand zustimmen, und niemand erfährt von Zugriffen. Laden Sie jemanden beim Kunden ein.',
  'team.you': 'Sie',
  'signIns.ownLead': 'Ihre eigenen. Erkennen Sie eine nicht, melden Sie sich überall ab.',
  'services.lead': 'Ihr Produkt ruft die API mit einem Token. Es wird einmal gezeigt und als Prüfwert gespeichert.',
  'services.emptyText': 'Ein Dienst ist ein Teil Ihres Produkts. Geben Sie ihm nur, was er braucht.',
  'services.pick': 'Wählen Sie mindestens ein Recht.',
  'journal.lead': 'Was geschah, in der Reihenfolge, unveränderlich. Prüfen Sie jeden Eintrag selbst.',
  'claims.about_declared':
    'Das kann kein Programm messen. Sie sagen es zu und stehen dafür ein. Auf der Seite steht „erklärt“, nie „gilt“.',
  'claims.documentHint': 'Bleibt bei Ihnen. Nur sein Fingerabdruck (SHA-256) wird veröffentlicht.',
  'settings.mailOff': 'Kein Mailserver eingerichtet. Einladungen zeigen Sie selbst vor, Mitteilungen an Kunden warten.',
  'settings.mailHow': 'Tragen Sie ihn in obhut.yaml ein (docs/mail.md) und starten Sie neu.',
  'services.waitsNote':
    'Mit diesem Token lassen sich personenbezogene Daten lesen. Es gilt erst, wenn ein Owner oder die Sicherheit es bestätigt, nicht Sie selbst.',
  'account.labelHint': 'Damit Sie ihn wiedererkennen',
  'account.removePasskeyText': 'Mit diesem Passkey kommen Sie danach nicht mehr hinein.',
  'account.removePasswordText':
    'Danach kommen Sie nur noch mit einem Passkey hinein. Auch die Wiederherstellungscodes verfallen.',
  'account.passkeyExists': 'Auf diesem Gerät oder in diesem Passwortmanager liegt schon ein Passkey von Ihnen.',
  'account.noPasskeys': 'Noch kein Passkey. Er ist der sicherste Weg, und nur mit ihm können Sie Freigaben zustimmen.',
  'account.passwordUnset': 'Nicht eingerichtet. Nicht nötig, wenn Sie einen Passkey haben.',
  'account.who': 'Sie',
  'erasures.secondAdmin':
    'Alles zu löschen braucht zwei Admins. Sie schlagen es vor, ein anderer bestätigt. Bis dahin geschieht nichts.',
  'proposals.mine': 'Sie haben vorgeschlagen, alles zu löschen. Es geschieht erst, wenn ein anderer Admin bestätigt.',
  'proposals.other': 'Ein anderer Admin hat vorgeschlagen, alles zu löschen. Es geschieht erst, wenn Sie bestätigen.',
  'proposals.confirmText':
    'Der Zugriff auf alle Daten Ihrer Organisation endet sofort. Spätestens nach 24 Stunden ist keine Kopie mehr lesbar.',
  'holds.emptyText':
    'Darf etwas vor einem Tag nicht gelöscht werden, setzen Sie hier eine Sperre: was, bis wann, warum.',
  'requests.emptyText': 'Verlangt eine Person, gelöscht zu werden, halten Sie es hier fest. Die Frist läuft dann mit.',
  'leaving.filesText': 'Sind es viele Gigabyte, lassen Sie es Ihren Dienst tun: obhut export --files ORDNER.',
  'leaving.eraseText': 'Geht erst, wenn Sie bestätigen, dass der Export da ist.',
  'leaving.receiptText':
    'Dieser Link zeigt den Löschbeleg, auch wenn es Ihr Konto nicht mehr gibt. Bewahren Sie ihn auf; wer ihn hat, sieht den Beleg und sonst nichts.',
  'portal.title': 'Ihre Daten bei {{operator}}',
  'portal.operator': 'Ihrem Betreiber',
  'portal.noneWaiting': 'Gerade will niemand Ihre Daten sehen.',
  'portal.noneWaitingText':
    'Bittet der Betreiber um Einsicht, steht es hier, mit Grund und Frist. Ohne Ihre Antwort verfällt die Anfrage.',
  'portal.noneRunning': 'Gerade kann niemand vom Betreiber Ihre Daten sehen.',
  'portal.policyTitle': 'Wie wollen Sie gefragt werden?',
  'portal.ask_firstText': 'Ohne Ihre Zustimmung sieht niemand etwas, außer im Notfall.',
  'portal.support_preapprovedText':
    'Bitten Sie selbst um Hilfe, darf das Team ohne Rückfrage nachsehen. Alles andere fragt zuerst.',
  'portal.log_onlyText': 'Nach Zustimmung im Team; Sie werden informiert und können jederzeit beenden.',
};
