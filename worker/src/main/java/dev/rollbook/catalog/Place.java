package dev.rollbook.catalog;

/** A place in the catalog's text; line and column count from 1, columns in characters as seen. */
record Place(int line, int column) {

  static final Place START = new Place(1, 1);
}
