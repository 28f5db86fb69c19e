using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>The certainty of a value in a draft.</summary>
public enum Certainty
{
    /// <summary>A guess. A wrong value leads to wrong answers without an error.</summary>
    Unsure,

    /// <summary>The usual value for this source.</summary>
    Likely,

    /// <summary>Stated by the files or the user.</summary>
    Certain,
}

/// <summary>One member of a draft.</summary>
/// <param name="Member">Its path in the manifest, such as <c>input.resize.mode</c>.</param>
/// <param name="Because">The value's origin.</param>
public sealed record Finding(string Member, JsonNode Value, string Because, Certainty Certainty);

/// <summary>A manifest under construction: every member with its reason. Not thread-safe.</summary>
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
        // Labels may be in any script. People read this file, and it never becomes part of an HTML page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Dictionary<string, Finding> _findings = [];

    /// <summary>Number of labels that the model's scores need; null if the file doesn't fix it.</summary>
    public int? LabelCount { get; init; }

    /// <summary>True if the model takes only one image size.</summary>
    public bool IsSizeFixed { get; init; }

    /// <summary>The members in the manifest's order.</summary>
    public IReadOnlyList<Finding> Findings =>
        [.. _findings.Values.OrderBy(finding => Array.IndexOf(Order, finding.Member))];

    public void Set(string member, JsonNode value, string because, Certainty certainty) =>
        _findings[member] = new Finding(member, value, because, certainty);

    public void Remove(string member) => _findings.Remove(member);

    public Finding? Find(string member) => _findings.GetValueOrDefault(member);

    /// <summary>Returns a copy whose members may be changed.</summary>
    public Draft Copy()
    {
        var copy = new Draft { LabelCount = LabelCount, IsSizeFixed = IsSizeFixed };
        foreach (var finding in _findings.Values)
        {
            copy._findings[finding.Member] = finding;
        }

        return copy;
    }

    /// <summary>Returns the manifest as JSON text.</summary>
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
