package org.kalamdb.internal.storage.kv;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sorted map of byte arrays that never changes: a change gives a new tree that shares all but the
 * changed path. An AVL tree. Within one {@link Editor} nodes made by it are changed in place, so
 * that a batch copies each path once. Keys and values are kept, not copied.
 */
final class SortedTree {
  static final SortedTree EMPTY = new SortedTree(null);

  private final @Nullable Node root;

  private SortedTree(@Nullable Node root) {
    this.root = root;
  }

  /** A key with its value and the keys below it. */
  static final class Node {
    private final Editor owner;
    final byte[] key;
    byte[] value;
    private @Nullable Node left;
    private @Nullable Node right;
    private int height = 1;

    /** Bytes of keys and values from here down. */
    private long bytes;

    private Node(Editor owner, byte[] key, byte[] value) {
      this.owner = owner;
      this.key = key;
      this.value = value;
      update();
    }

    private Node(Editor owner, Node copied) {
      this.owner = owner;
      this.key = copied.key;
      this.value = copied.value;
      this.left = copied.left;
      this.right = copied.right;
      this.height = copied.height;
      this.bytes = copied.bytes;
    }

    private void update() {
      height = 1 + Math.max(heightOf(left), heightOf(right));
      bytes = key.length + value.length + bytesOf(left) + bytesOf(right);
    }
  }

  private static int heightOf(@Nullable Node node) {
    return node == null ? 0 : node.height;
  }

  private static long bytesOf(@Nullable Node node) {
    return node == null ? 0 : node.bytes;
  }

  byte @Nullable [] get(byte[] key) {
    Node node = root;
    while (node != null) {
      int order = Arrays.compareUnsigned(key, node.key);
      if (order == 0) {
        return node.value;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  /** Bytes of the keys and values from {@code from} (inclusive) to {@code to} (exclusive). */
  long bytesBetween(byte[] from, byte[] to) {
    return Math.max(0, bytesBelow(to) - bytesBelow(from));
  }

  private long bytesBelow(byte[] bound) {
    long bytes = 0;
    Node node = root;
    while (node != null) {
      if (Arrays.compareUnsigned(bound, node.key) <= 0) {
        node = node.left;
      } else {
        bytes += bytesOf(node.left) + node.key.length + node.value.length;
        node = node.right;
      }
    }
    return bytes;
  }

  Editor edit() {
    return new Editor(root);
  }

  Cursor cursor(boolean reverse) {
    return new Cursor(root, reverse);
  }

  /** Builds the next tree; used once, by one thread. */
  static final class Editor {
    private @Nullable Node root;

    private Editor(@Nullable Node root) {
      this.root = root;
    }

    SortedTree finish() {
      return root == null ? EMPTY : new SortedTree(root);
    }

    void put(byte[] key, byte[] value) {
      root = put(root, key, value);
    }

    void remove(byte[] key) {
      root = remove(root, key);
    }

    /** Removes the keys from {@code from} (inclusive) to {@code to} (exclusive). */
    void removeRange(byte[] from, byte[] to) {
      // The cursor walks the tree as it was: what this editor owns is frozen first.
      Node before = root;
      Editor rest = new Editor(before);
      Cursor cursor = new Cursor(before, false);
      cursor.seek(from);
      for (Node node = cursor.next();
          node != null && Arrays.compareUnsigned(node.key, to) < 0;
          node = cursor.next()) {
        rest.remove(node.key);
      }
      root = rest.root;
    }

    private Node own(Node node) {
      return node.owner == this ? node : new Node(this, node);
    }

    private Node put(@Nullable Node node, byte[] key, byte[] value) {
      if (node == null) {
        return new Node(this, key, value);
      }
      Node mine = own(node);
      int order = Arrays.compareUnsigned(key, mine.key);
      if (order == 0) {
        mine.value = value;
        mine.update();
        return mine;
      }
      if (order < 0) {
        mine.left = put(mine.left, key, value);
      } else {
        mine.right = put(mine.right, key, value);
      }
      return balance(mine);
    }

    private @Nullable Node remove(@Nullable Node node, byte[] key) {
      if (node == null) {
        return null;
      }
      int order = Arrays.compareUnsigned(key, node.key);
      if (order == 0) {
        if (node.left == null) {
          return node.right;
        }
        if (node.right == null) {
          return node.left;
        }
        Node next = node.right;
        while (next.left != null) {
          next = next.left;
        }
        Node replacement = new Node(this, next.key, next.value);
        replacement.left = node.left;
        replacement.right = removeFirst(node.right);
        return balance(replacement);
      }
      Node child = order < 0 ? node.left : node.right;
      Node rest = remove(child, key);
      if (rest == child && (child == null || child.owner != this)) {
        return node; // the key is not there
      }
      Node mine = own(node);
      if (order < 0) {
        mine.left = rest;
      } else {
        mine.right = rest;
      }
      return balance(mine);
    }

    private @Nullable Node removeFirst(Node node) {
      if (node.left == null) {
        return node.right;
      }
      Node mine = own(node);
      mine.left = removeFirst(node.left);
      return balance(mine);
    }

    private Node balance(Node mine) {
      int lean = heightOf(mine.left) - heightOf(mine.right);
      if (lean > 1 && mine.left != null) {
        Node left = own(mine.left);
        mine.left = heightOf(left.left) < heightOf(left.right) ? rotateLeft(left) : left;
        return rotateRight(mine);
      }
      if (lean < -1 && mine.right != null) {
        Node right = own(mine.right);
        mine.right = heightOf(right.right) < heightOf(right.left) ? rotateRight(right) : right;
        return rotateLeft(mine);
      }
      mine.update();
      return mine;
    }

    private Node rotateRight(Node mine) {
      Node pivot = own(Objects.requireNonNull(mine.left));
      mine.left = pivot.right;
      pivot.right = mine;
      mine.update();
      pivot.update();
      return pivot;
    }

    private Node rotateLeft(Node mine) {
      Node pivot = own(Objects.requireNonNull(mine.right));
      mine.right = pivot.left;
      pivot.left = mine;
      mine.update();
      pivot.update();
      return pivot;
    }
  }

  /** A walk through a tree in either direction. Not thread-safe. */
  static final class Cursor {
    private final @Nullable Node root;
    private final boolean reverse;
    private @Nullable Node[] path = new @Nullable Node[48];
    private int depth;

    private Cursor(@Nullable Node root, boolean reverse) {
      this.root = root;
      this.reverse = reverse;
      seek(null);
    }

    /**
     * The following {@link #next()} gives the first key at or past {@code key}; null: the first of
     * all.
     */
    void seek(byte @Nullable [] key) {
      depth = 0;
      Node node = root;
      while (node != null) {
        int order = key == null ? -1 : Arrays.compareUnsigned(key, node.key);
        if (reverse && key != null) {
          order = -order;
        }
        if (order <= 0) {
          path[depth++] = node;
        }
        boolean earlier = order < 0; // in the direction of the walk
        node = order == 0 ? null : earlier != reverse ? node.left : node.right;
      }
    }

    @Nullable Node next() {
      if (depth == 0) {
        return null;
      }
      Node found = path[--depth];
      Node below = found == null ? null : reverse ? found.left : found.right;
      while (below != null) {
        path[depth++] = below;
        below = reverse ? below.right : below.left;
      }
      return found;
    }
  }
}
