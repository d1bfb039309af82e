package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogFileTest {

  @TempDir Path folder;

  @Test
  void a_given_file_comes_before_the_variable_and_that_before_the_nearest() throws Exception {
    Path deep = Files.createDirectories(folder.resolve("a/b"));
    Files.createFile(folder.resolve("rollbook.yaml"));
    Map<String, String> environment = Map.of("ROLLBOOK_CATALOG", "c.yaml");

    assertThat(CatalogFile.find(Optional.of(Path.of("../g.yaml")), environment, deep))
        .isEqualTo(folder.resolve("a/g.yaml"));
    assertThat(CatalogFile.find(Optional.empty(), environment, deep))
        .isEqualTo(deep.resolve("c.yaml"));
    assertThat(CatalogFile.find(Optional.empty(), Map.of("ROLLBOOK_CATALOG", " "), deep))
        .isEqualTo(folder.resolve("rollbook.yaml"));
  }

  @Test
  void the_nearest_wins_and_a_folder_of_that_name_is_passed_over() throws Exception {
    Path deep = Files.createDirectories(folder.resolve("a/b"));
    Files.createFile(folder.resolve("rollbook.yaml"));
    Files.createDirectory(deep.resolve("rollbook.yaml"));
    Files.createFile(folder.resolve("a/rollbook.yaml"));

    assertThat(CatalogFile.find(Optional.empty(), Map.of(), deep))
        .isEqualTo(folder.resolve("a/rollbook.yaml"));
  }

  @Test
  void says_how_to_name_one_when_there_is_none() {
    InvalidCatalog none =
        catchThrowableOfType(
            InvalidCatalog.class, () -> CatalogFile.find(Optional.empty(), Map.of(), folder));

    assertThat(none)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining(
            "there is no rollbook.yaml here or in a folder above; write one, or name it with -f or"
                + " ROLLBOOK_CATALOG");
  }

  @Test
  void a_variable_that_holds_no_path_is_named() {
    InvalidCatalog none =
        catchThrowableOfType(
            InvalidCatalog.class,
            () -> CatalogFile.find(Optional.empty(), Map.of("ROLLBOOK_CATALOG", "\0"), folder));

    assertThat(none).hasMessageContaining("ROLLBOOK_CATALOG does not hold a path");
  }
}
