using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>The meaning of a <c>{name}.json</c> that isn't a manifest: an alias or a group.</summary>
/// <param name="Alias">The alias's target, or why the alias is invalid; null for a group.</param>
/// <param name="Group">The group, or why it is invalid; null for an alias.</param>
public sealed record NameDefinition(Outcome<ModelName>? Alias, Outcome<ModelGroup>? Group)
{
    /// <summary>Number of bytes from the start that show whether a file larger than an alias is a group.</summary>
    public const int StartBytes = ModelAlias.MaxBytes;

    /// <summary>Why nothing can answer under the name; null if the definition is valid.</summary>
    public Refusal? Refusal => Alias?.Refusal ?? Group?.Refusal;

    /// <summary>The definition; null when the JSON is a manifest.</summary>
    public static NameDefinition? Read(ModelName name, ReadOnlyMemory<byte> json)
    {
        if (json.Length <= ModelAlias.MaxBytes && ModelAlias.Read(name, json) is { } alias)
        {
            return new NameDefinition(alias, null);
        }

        return ModelGroup.Read(name, json) is { } group ? new NameDefinition(null, group) : null;
    }

    /// <summary>The definition of a group that is too large to read.</summary>
    public static NameDefinition TooLarge(ModelName name, long bytes) =>
        new(null, ModelGroup.RefuseSize(name, bytes));
}
