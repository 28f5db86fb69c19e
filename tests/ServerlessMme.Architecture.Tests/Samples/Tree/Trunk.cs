using ServerlessMme.Architecture.Tests.Samples.Tree.Branch;

namespace ServerlessMme.Architecture.Tests.Samples.Tree;

internal sealed class Trunk
{
    public Leaf? Leaf { get; set; }
}
