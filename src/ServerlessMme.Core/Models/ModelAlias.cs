using System.Text.Json;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>
/// An alias: a name that stands for another model, stored as <c>{"alias":"cifar10-v2"}</c> in <c>{alias}.json</c>. An
/// alias of an alias is refused, which rules out loops.
/// </summary>
public static class ModelAlias
{
    /// <summary>Maximum size of an alias, in bytes. A larger file must be a manifest, so it is not read.</summary>
    public const int MaxBytes = 1024;

    private const string Member = "alias";

    /// <summary>Returns the model that an alias names, or null if the JSON is a manifest instead.</summary>
    public static Outcome<ModelName>? Read(ModelName alias, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(Member, out var member)
                ? Read(alias, document.RootElement, member)
                : (Outcome<ModelName>?)null;
        }
        catch (Exception exception) when (ModelGroup.IsUnreadable(exception))
        {
            // The manifest reader reports the problem.
            return null;
        }
    }

    /// <summary>Returns the alias as UTF-8 JSON.</summary>
    public static byte[] Write(ModelName target) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, string> { [Member] = target.Value }, AliasJson.Default.DictionaryStringString);

    /// <summary>Returns the refusal of an alias whose target is an alias.</summary>
    public static Refusal RefuseChain(ModelName alias, ModelName target) => Refuse(
        alias, $"points to '{target}', which is itself an alias, but must point to a model");

    /// <summary>Returns the refusal of an alias whose target is a group.</summary>
    public static Refusal RefuseGroup(ModelName alias, ModelName target) => new(
        ErrorCode.ModelIsGroup,
        $"Alias '{alias}' points to '{target}', which is a group. Point it to a model with 'mme models alias {alias} "
        + $"NAME', or make '{alias}' a group with 'mme models group {alias} MEMBER...'.");

    /// <summary>Returns the refusal of an alias whose target is not published.</summary>
    public static Refusal RefuseMissing(ModelName alias, ModelName target) => new(
        ErrorCode.ModelNotFound,
        $"Alias '{alias}' points to model '{target}', which is not published. Publish the model with 'mme models "
        + $"push FOLDER --name {target}', or point the alias to another model with 'mme models alias {alias} NAME'.");

    private static Outcome<ModelName> Read(ModelName alias, JsonElement root, JsonElement member)
    {
        if (root.GetPropertyCount() > 1)
        {
            return Refuse(alias, $"has JSON members other than \"{Member}\"");
        }

        var text = member.ValueKind == JsonValueKind.String ? member.GetString() : null;
        if (!ModelName.Parse(text).TryGet(out var target, out var refusal))
        {
            return Refuse(alias, $"is invalid: {refusal.Message.TrimEnd('.')}");
        }

        return target == alias ? Refuse(alias, "points to itself, but must point to a model") : target;
    }

    private static Refusal Refuse(ModelName alias, string why) =>
        new(ErrorCode.InvalidAlias, $"Alias '{alias}' {why}. Run 'mme models alias {alias} NAME' to define it again.");
}

[System.Text.Json.Serialization.JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class AliasJson : System.Text.Json.Serialization.JsonSerializerContext;
