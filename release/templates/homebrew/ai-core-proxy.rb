cask "ai-core-proxy" do
  arch arm: "arm64", intel: "x86_64"

  version "$version"
  sha256 arm:   "$sha_dmg_arm64",
         intel: "$sha_dmg_x86_64"

  url "https://github.com/$repository/releases/download/v#{version}/ai-core-proxy-#{version}-macos-#{arch}.dmg"
  name "AI Core Proxy"
  desc "Gives any OpenAI or Anthropic client the models of SAP AI Core"
  homepage "https://github.com/$repository"

  depends_on macos: ">= :big_sur"

  app "AI Core Proxy.app"
  binary "#{appdir}/AI Core Proxy.app/Contents/MacOS/sap-ai-proxy"
  binary "#{appdir}/AI Core Proxy.app/Contents/MacOS/sap-ai-proxy", target: "sap-ai-inspect"
  binary "#{appdir}/AI Core Proxy.app/Contents/MacOS/sap-ai-proxy", target: "sap-ai-chat"
  binary "#{appdir}/AI Core Proxy.app/Contents/MacOS/sap-ai-proxy", target: "sap-ai-demo-request"

  uninstall quit: "io.github.ai-core-proxy"

  zap trash: [
    "~/Library/Application Support/ai-core-proxy",
    "~/Library/Caches/ai-core-proxy",
    "~/Library/LaunchAgents/io.github.ai-core-proxy.plist",
  ]
end
