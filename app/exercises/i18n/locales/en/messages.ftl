home_title = Welcome to Holberton
home_header = Hello world!
logged_in_as = You are logged in as { $username }.
not_logged_in = You are not logged in.
current_time_is = The current time is { $current_time }.
