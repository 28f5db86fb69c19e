using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>What ONNX Runtime says, without the paths of the machine it was built on or runs on.</summary>
internal static partial class RuntimeMessage
{
    /// <summary>The message's part that a model's author can do something with, on one line.</summary>
    public static string Of(OnnxRuntimeException exception)
    {
        var text = exception.Message.ReplaceLineEndings(" ");
        text = Prefix().Replace(text, "");
        text = SourceLine().Replace(text, "");
        text = AbsolutePath().Replace(text, match => Path.GetFileName(match.Value));
        return Printable.Text(Spaces().Replace(text, " ").Trim().TrimEnd('.'), 300);
    }

    [GeneratedRegex(@"^\[ErrorCode:\w+\]\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Prefix();

    // As in "/build/core/graph/model.cc:150 onnxruntime::Model::Model(onnx::ModelProto&&, …) "
    [GeneratedRegex(@"\S+\.(cc|h|cpp):\d+ [^()]*\([^()]*\)( const)?( \[with .*?\])? ?", RegexOptions.CultureInvariant)]
    private static partial Regex SourceLine();

    [GeneratedRegex(@"(?<![\w.])(/[\w.+~-]+){2,}|[A-Za-z]:\\[\w.+~\\-]+", RegexOptions.CultureInvariant)]
    private static partial Regex AbsolutePath();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();
}
