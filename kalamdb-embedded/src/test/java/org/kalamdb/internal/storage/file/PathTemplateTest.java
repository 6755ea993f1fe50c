package org.kalamdb.internal.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.UserId;

class PathTemplateTest {
  @Test
  void directoryOf_userTable_putsTheUserInItsShard() {
    PathTemplate template = PathTemplate.ofUserTables(PathTemplate.DEFAULT_USER);
    assertThat(template.directoryOf(TableId.of("chat", "messages"), new UserId("Alice/..")))
        .matches("chat/users/messages/[0-9a-f]{2}/%41lice%2F%2E%2E");
  }

  @Test
  void directoryOf_longUserId_nestsWithoutMeetingItsBeginning() {
    PathTemplate template = PathTemplate.ofUserTables("{namespace}/{tableName}/{userId}");
    TableId table = TableId.of("n", "t");
    assertThat(template.directoryOf(table, new UserId("x".repeat(256))))
        .isEqualTo("n/t/" + "x".repeat(240) + "~/" + "x".repeat(16));
    assertThat(template.directoryOf(table, new UserId("x".repeat(240))))
        .isEqualTo("n/t/" + "x".repeat(240));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{namespace}/{tableName}",
        "{namespace}/{tableName}/{userId}/{userId}",
        "../{namespace}/{tableName}/{userId}",
        "/{namespace}/{tableName}/{userId}",
        "{namespace}/{tableName}/{userId}/",
        "{namespace}//{tableName}/{userId}",
        "{tableName}/{namespace}/{userId}",
        "{namespace}{tableName}/{userId}",
        "x{namespace}/{tableName}/{userId}",
        "{namespace}/{tableName}/{user}",
        "{namespace}/con/{tableName}/{userId}",
        "{namespace}/a.b/{tableName}/{userId}",
        "{namespace}/A/{tableName}/{userId}",
        "{namespace}/\0/{tableName}/{userId}"
      })
  void ofUserTables_templateThatCouldMixOrLeave_isRefused(String text) {
    assertThatThrownBy(() -> PathTemplate.ofUserTables(text))
        .isInstanceOf(KalamException.class)
        .hasMessageContaining("cannot be used");
  }

  @Test
  void ofSharedTables_withUser_isRefused() {
    assertThatThrownBy(() -> PathTemplate.ofSharedTables(PathTemplate.DEFAULT_USER))
        .hasMessageContaining("for user tables only");
  }

  @Test
  void refusal_saysAtWhichCharacter() {
    assertThatThrownBy(() -> PathTemplate.ofUserTables("{namespace}/{tableName}/{user}"))
        .hasMessageContaining("at its character 25");
    assertThatThrownBy(() -> PathTemplate.ofUserTables("{namespace}/{userId}/{tableName}"))
        .hasMessageContaining("at its character 22");
  }

  @Test
  void mayMeet_sameNumberOfPartsAndNoTwoWordsApart_isTrue() {
    PathTemplate shared = PathTemplate.ofSharedTables(PathTemplate.DEFAULT_SHARED);
    assertThat(shared.mayMeet(PathTemplate.ofUserTables(PathTemplate.DEFAULT_USER))).isFalse();
    assertThat(shared.mayMeet(PathTemplate.ofUserTables("{namespace}/{tableName}/{userId}")))
        .isTrue();
    assertThat(shared.mayMeet(PathTemplate.ofUserTables("x/{namespace}/{tableName}/{userId}")))
        .isFalse();
    PathTemplate byShard = PathTemplate.ofUserTables("{namespace}/{tableName}/{shard}/{userId}");
    assertThat(PathTemplate.ofSharedTables("{namespace}/{tableName}/of/all").mayMeet(byShard))
        .isFalse();
    assertThat(PathTemplate.ofSharedTables("{namespace}/{tableName}/0f/all").mayMeet(byShard))
        .isTrue();
  }
}
