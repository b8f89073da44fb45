// Generated from src/binding by `npm run build:types`. Do not edit.

export {}
