home_title = Bienvenue chez Holberton
home_header = Bonjour monde!
logged_in_as = Vous êtes connecté en tant que { $username }.
not_logged_in = Vous n'êtes pas connecté.
current_time_is = Nous sommes le { $current_time }.
