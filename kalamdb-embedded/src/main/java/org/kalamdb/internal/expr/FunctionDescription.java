package org.kalamdb.internal.expr;

/**
 * What the reference page says about an overload of an aggregate or window function.
 *
 * @param name folded name
 * @param signature how it is called and the type of its result
 * @param description one sentence
 */
public record FunctionDescription(String name, String signature, String description) {}
