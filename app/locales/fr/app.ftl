language = Français

## Pages de prénoms

names-title = Prénoms populaires
names-total = { $total ->
    [one] { NUMBER($total) } prénom.
    [many] { NUMBER($total) } de prénoms.
   *[other] { NUMBER($total) } prénoms.
}
names-page = Page { NUMBER($page) } sur { NUMBER($pages) }.
names-index = À partir de la ligne { NUMBER($index) }.
names-empty = Il n’y a pas de prénoms ici.
names-generated = État au { $date }
names-first = Première
names-prev = Précédente
names-next = Suivante
names-last = Dernière
names-all = Tous
names-apply = Afficher
sort-by = Ordre
sort-file = du fichier
sort-count = par nombre
sort-name = par prénom

column-year = Année de naissance
column-gender = Sexe
column-ethnicity = Origine ethnique
column-name = Prénom
column-count = Nombre
column-rank = Rang

gender-female = Féminin
gender-male = Masculin
ethnicity-asian = Asiatique et insulaire du Pacifique
ethnicity-black = Noir non hispanique
ethnicity-hispanic = Hispanique
ethnicity-white = Blanc non hispanique

## La première page

home-title = rekue
home-names = Les prénoms, page par page
home-i18n = La page de l’exercice i18n
home-jobs = Toutes les tâches
home-dashboard = Le tableau de bord du service
home-openapi = Toutes les routes, décrites pour les programmes
home-metrics = Mesures

## Erreurs

problem-invalid-request = La requête n’est pas valable
    .detail = Au moins un paramètre a une valeur qui n’est pas admise ; « errors » dit lequel.
reason-whole-number = doit être un nombre entier de { $minimum } à { $maximum }
reason-index = il n’y a pas de ligne avec cet indice
reason-cursor = ce n’est pas un curseur de cette liste ; commencez sans curseur
reason-page = doit être le numéro d’une page, à partir de 1
problem-invalid-json = Le corps est illisible
    .detail = Le corps de la requête n’est pas du JSON valable.
problem-malformed-request = La requête est illisible
    .detail = La requête est mal formée : son adresse contient un signe pour cent qui ne signifie rien, ou son corps n’a pas la longueur annoncée.
problem-not-found = Introuvable
    .detail = Il n’y a rien à cette adresse.
problem-method-not-allowed = Méthode non admise
    .detail = Cette adresse n’accepte pas cette méthode ; l’en-tête « Allow » énumère celles qu’elle accepte.
problem-not-acceptable = Non disponible sous cette forme
    .detail = Il n’y a rien sous une forme que la requête accepte.
problem-cursor-expired = Le curseur est périmé
    .detail = Les données ont changé depuis la création du curseur. Recommencez à la première page.
problem-too-large = La requête est trop grande
    .detail = Le corps de la requête dépasse la taille admise ici.
problem-unsupported-media-type = Type de contenu inconnu
    .detail = Le corps doit être du JSON en UTF-8, de type application/json.
problem-rate-limited = Trop de requêtes
    .detail = Votre adresse a envoyé plus de requêtes qu’il n’est permis. Réessayez après le délai indiqué par « Retry-After ».
problem-client-closed = La requête a été interrompue
    .detail = Le corps de la requête n’est pas arrivé en entier.
problem-unauthorized = Identifiez-vous, s’il vous plaît
    .detail = Cette adresse demande le mot de passe du service.
problem-forbidden = Accès refusé
    .detail = Cette adresse est fermée, car le service n’a pas de mot de passe. Définissez ADMIN_PASSWORD pour l’ouvrir.
problem-forbidden-proxied = Accès refusé à travers un proxy
    .detail = Cette adresse est réservée à cette machine, et la requête est passée par un proxy derrière lequel peut se trouver n’importe qui. Définissez ADMIN_PASSWORD pour l’ouvrir.
problem-forbidden-host = Accès refusé sous ce nom
    .detail = Sans mot de passe, cette adresse ne répond qu’aux noms de cette machine, tels que localhost ou 127.0.0.1. Définissez ADMIN_PASSWORD pour l’atteindre sous un autre nom.
problem-internal = Une erreur s’est produite
    .detail = L’erreur vient de notre côté et a été consignée. Citez l’instance si vous la signalez.
problem-unavailable = Momentanément indisponible
    .detail = Une partie du service nécessaire ici ne répond pas. Réessayez bientôt.
