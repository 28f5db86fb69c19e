using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>Reads ONNX Runtime's error messages.</summary>
internal static partial class RuntimeMessage
{
    /// <summary>
    /// Returns true if an allocation failed. The runtime has no error code for this, so the message has to be parsed.
    /// Callers report the code <c>OutOfMemory</c>.
    /// </summary>
    public static bool IsOutOfMemory(OnnxRuntimeException exception) => AllocationFailure().IsMatch(exception.Message);

    /// <summary>
    /// The part of the message that helps a model's author, on one line, without paths of the machines that the runtime
    /// was built on or runs on.
    /// </summary>
    public static string Of(OnnxRuntimeException exception)
    {
        var text = exception.Message.ReplaceLineEndings(" ");
        text = Prefix().Replace(text, "");
        text = SourceLine().Replace(text, "");
        text = AbsolutePath().Replace(text, match => Path.GetFileName(match.Value));
        return Printable.Text(Spaces().Replace(text, " ").Trim().TrimEnd('.'), 300);
    }

    // From the runtime's arena, and from the C++ library (libstdc++ and Microsoft's).
    [GeneratedRegex(@"allocate memory|\bbad_alloc\b|\bbad allocation\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex AllocationFailure();

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
