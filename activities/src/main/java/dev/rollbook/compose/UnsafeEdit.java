package dev.rollbook.compose;

/** Why a file is not to be edited, in words that follow its name: "holds several documents". */
final class UnsafeEdit extends Exception {

  UnsafeEdit(String reason) {
    super(reason);
  }
}
