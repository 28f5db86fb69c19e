using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>How sure a value of a draft is.</summary>
public enum Certainty
{
    /// <summary>A guess. The wrong value gives wrong answers without an error.</summary>
    Unsure,

    /// <summary>What this source usually does.</summary>
    Likely,

    /// <summary>The files or the user say so.</summary>
    Certain,
}

/// <summary>One member of a draft.</summary>
/// <param name="Member">Its path in the manifest, as in <c>input.resize.mode</c>.</param>
/// <param name="Because">Where the value comes from.</param>
public sealed record Finding(string Member, JsonNode Value, string Because, Certainty Certainty);

/// <summary>A manifest in the making: every member with its reason. Not thread-safe.</summary>
public sealed class Draft
{
    private static readonly string[] Order =
    [
        "labels", "input.name", "input.width", "input.height", "input.layout", "input.channels", "input.type",
        "input.resize.mode", "input.resize.filter", "input.resize.side", "input.resize.offset", "input.resize.colour",
        "input.scale", "input.mean", "input.std", "output.name", "output.activation", "output.task", "output.threshold",
    ];

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        // Labels are in any script. The file is read by people, and never becomes part of a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Dictionary<string, Finding> _findings = [];

    /// <summary>Labels that the model's scores need; null when the file leaves that open.</summary>
    public int? LabelCount { get; init; }

    /// <summary>True when the model takes one size only.</summary>
    public bool IsSizeFixed { get; init; }

    /// <summary>The members in the manifest's order.</summary>
    public IReadOnlyList<Finding> Findings =>
        [.. _findings.Values.OrderBy(finding => Array.IndexOf(Order, finding.Member))];

    public void Set(string member, JsonNode value, string because, Certainty certainty) =>
        _findings[member] = new Finding(member, value, because, certainty);

    public void Remove(string member) => _findings.Remove(member);

    public Finding? Find(string member) => _findings.GetValueOrDefault(member);

    /// <summary>A copy whose members may be changed.</summary>
    public Draft Copy()
    {
        var copy = new Draft { LabelCount = LabelCount, IsSizeFixed = IsSizeFixed };
        foreach (var finding in _findings.Values)
        {
            copy._findings[finding.Member] = finding;
        }

        return copy;
    }

    /// <summary>The manifest's text.</summary>
    public string ToJson()
    {
        var root = new JsonObject();
        foreach (var finding in Findings)
        {
            var path = finding.Member.Split('.');
            var parent = root;
            foreach (var step in path[..^1])
            {
                parent[step] ??= new JsonObject();
                parent = parent[step]!.AsObject();
            }

            parent[path[^1]] = finding.Value.DeepClone();
        }

        return root.ToJsonString(Readable) + "\n";
    }
}
