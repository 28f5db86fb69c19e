using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>The meaning of a <c>{name}.json</c> that isn't a manifest: an alias or a group.</summary>
/// <param name="Alias">The alias's target, or the reason why the alias is invalid; null for a group.</param>
/// <param name="Group">The group, or the reason why it is invalid; null for an alias.</param>
public sealed record NameDefinition(Outcome<ModelName>? Alias, Outcome<ModelGroup>? Group)
{
    /// <summary>
    /// Number of bytes from the start of a file that show whether it is a group, if it is larger than an alias.
    /// </summary>
    public const int StartBytes = ModelAlias.MaxBytes;

    /// <summary>The reason why nothing can answer under the name; null if the definition is valid.</summary>
    public Refusal? Refusal => Alias?.Refusal ?? Group?.Refusal;

    /// <summary>Returns the definition, or null if the JSON is a manifest.</summary>
    public static NameDefinition? Read(ModelName name, ReadOnlyMemory<byte> json)
    {
        if (json.Length <= ModelAlias.MaxBytes && ModelAlias.Read(name, json) is { } alias)
        {
            return new NameDefinition(alias, null);
        }

        return ModelGroup.Read(name, json) is { } group ? new NameDefinition(null, group) : null;
    }

    /// <summary>Returns the definition of a group that is too large to read.</summary>
    public static NameDefinition TooLarge(ModelName name, long bytes) =>
        new(null, ModelGroup.RefuseSize(name, bytes));
}
